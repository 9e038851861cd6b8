-- Who may execute what: nobody but the owner, then the pure functions everybody.
-- This file is last, so that a function it does not name stays closed.

REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA kobra FROM PUBLIC;

GRANT EXECUTE ON FUNCTION kobra.errors() TO PUBLIC;
GRANT EXECUTE ON FUNCTION kobra.import_in_progress() TO PUBLIC;
GRANT EXECUTE ON FUNCTION
	kobra.merkle_root(bytea[]),
	kobra.verify_inclusion(bytea, bigint, bigint, bytea[], bytea),
	kobra.verify_consistency(bigint, bigint, bytea, bytea, bytea[]),
	kobra.verify_signature(text, bytea, bytea, bytea),
	kobra.verify_checkpoint(text, text)
TO PUBLIC;
GRANT EXECUTE ON FUNCTION kobra.template_variables(), kobra.sms_segments(text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION kobra.debtor_share(bigint, text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION kobra.phone_info(text, text), kobra.is_phone_region(text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION kobra.is_email(text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION kobra.search_text(text), kobra.search_words(text), kobra.search_key(text), kobra.contact_key(text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION
	kobra.scorecard_in(cstring), kobra.scorecard_out(kobra.scorecard),
	kobra.scorecard_recv(internal), kobra.scorecard_send(kobra.scorecard),
	kobra.scorecard_eq(kobra.scorecard, kobra.scorecard),
	kobra.scorecard_ne(kobra.scorecard, kobra.scorecard),
	kobra.scorecard_hash(kobra.scorecard),
	kobra.score(kobra.scorecard, "any"),
	kobra.score_row(kobra.scorecard, record),
	kobra.score_detail(kobra.scorecard, record),
	kobra.segment_of(kobra.scorecard, double precision),
	kobra.microsegment(kobra.scorecard, record)
TO PUBLIC;
GRANT EXECUTE ON FUNCTION
	kobra.receivables_state_in(cstring), kobra.receivables_state_out(kobra.receivables_state),
	kobra.receivables_state_recv(internal), kobra.receivables_state_send(kobra.receivables_state),
	kobra.receivables_accum(kobra.receivables_state, numeric, date, date, date, date, integer),
	kobra.receivables_accum(kobra.receivables_state, numeric, numeric, text, date, date, date, date, integer),
	kobra.receivables_accum(kobra.receivables_state, numeric, numeric, text, date, date, date, date, integer, integer[]),
	kobra.receivables_combine(kobra.receivables_state, kobra.receivables_state),
	kobra.receivables_compact(kobra.receivables_state),
	kobra.receivables_result(kobra.receivables_state),
	kobra.receivables(numeric, date, date, date, date, integer),
	kobra.receivables(numeric, numeric, text, date, date, date, date, integer),
	kobra.receivables(numeric, numeric, text, date, date, date, date, integer, integer[]),
	kobra.receivables_state_agg(numeric, date, date, date, date, integer),
	kobra.receivables_state_agg(numeric, numeric, text, date, date, date, date, integer),
	kobra.receivables_state_agg(numeric, numeric, text, date, date, date, date, integer, integer[]),
	kobra.receivables_merge(kobra.receivables_state)
TO PUBLIC;
