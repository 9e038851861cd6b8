-- signature: who signed a message, or the state of a log

CREATE FUNCTION kobra.verify_signature(algorithm text, public_key bytea, message bytea, signature bytea) RETURNS boolean
	AS 'MODULE_PATHNAME', 'kobra_verify_signature' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION kobra.verify_signature(text, bytea, bytea, bytea) IS
'Whether the holder of this key signed the message. Algorithms: ed25519 (RFC 8032; key of 32 bytes, signature of 64) and ecdsa-p256-sha256 (FIPS 186-5; key an uncompressed point of 65 bytes; signature r and s of 32 bytes each, or DER). A key may also be a SubjectPublicKeyInfo in DER. A malformed signature is false. Errors: KB401 unknown algorithm; KB402 the key is malformed, not of the algorithm, not on the curve (P-256), or of small order (Ed25519); KB403 OpenSSL failed. NULL when an argument is NULL.';

CREATE FUNCTION kobra.verify_checkpoint(note text, vkey text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'kobra_verify_checkpoint' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION kobra.verify_checkpoint(text, text) IS
'Whether the note is a checkpoint of a log (C2SP tlog-checkpoint: origin, tree size, root in base64, each on a line) signed with the verifier key (C2SP signed-note: name+id+key, Ed25519). Signatures of other keys are ignored. A note that is malformed, altered or not signed by the key is false. Read its lines only when it is true. Errors: KB402 vkey is malformed, its id is not that of name and key, or the key is of small order; KB403 OpenSSL failed. NULL when an argument is NULL.';
