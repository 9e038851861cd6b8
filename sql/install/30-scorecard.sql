-- scorecard type

CREATE TYPE kobra.scorecard;

CREATE FUNCTION kobra.scorecard_in(cstring) RETURNS kobra.scorecard
	AS 'MODULE_PATHNAME', 'kobra_scorecard_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE FUNCTION kobra.scorecard_out(kobra.scorecard) RETURNS cstring
	AS 'MODULE_PATHNAME', 'kobra_scorecard_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE FUNCTION kobra.scorecard_recv(internal) RETURNS kobra.scorecard
	AS 'MODULE_PATHNAME', 'kobra_scorecard_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE FUNCTION kobra.scorecard_send(kobra.scorecard) RETURNS bytea
	AS 'MODULE_PATHNAME', 'kobra_scorecard_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

CREATE TYPE kobra.scorecard (
	INPUT = kobra.scorecard_in, OUTPUT = kobra.scorecard_out,
	RECEIVE = kobra.scorecard_recv, SEND = kobra.scorecard_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE kobra.scorecard IS
'A scorecard: JSON text (doc/scorecard.md) compiled for scoring. A higher score means a better payer.';
COMMENT ON FUNCTION kobra.scorecard_in(cstring) IS 'Compile the JSON text of a scorecard; KB201 says what is wrong with it and where.';
COMMENT ON FUNCTION kobra.scorecard_out(kobra.scorecard) IS 'The canonical JSON text of a scorecard.';
COMMENT ON FUNCTION kobra.scorecard_recv(internal) IS 'A scorecard from its binary form, a version byte and the JSON text, checked as text is.';
COMMENT ON FUNCTION kobra.scorecard_send(kobra.scorecard) IS 'The binary form of a scorecard: a version byte and the canonical JSON text.';

-- equality and hash: two cards are equal when their canonical texts are

CREATE FUNCTION kobra.scorecard_eq(kobra.scorecard, kobra.scorecard) RETURNS boolean
	AS 'MODULE_PATHNAME', 'kobra_scorecard_eq' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 10;
COMMENT ON FUNCTION kobra.scorecard_eq(kobra.scorecard, kobra.scorecard) IS 'True when the two cards have the same canonical text.';
CREATE FUNCTION kobra.scorecard_ne(kobra.scorecard, kobra.scorecard) RETURNS boolean
	AS 'MODULE_PATHNAME', 'kobra_scorecard_ne' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 10;
COMMENT ON FUNCTION kobra.scorecard_ne(kobra.scorecard, kobra.scorecard) IS 'True when the two cards have different canonical texts.';
CREATE FUNCTION kobra.scorecard_hash(kobra.scorecard) RETURNS integer
	AS 'MODULE_PATHNAME', 'kobra_scorecard_hash' LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 10;
COMMENT ON FUNCTION kobra.scorecard_hash(kobra.scorecard) IS 'A hash of the card, equal for equal cards.';

CREATE OPERATOR kobra.= (
	LEFTARG = kobra.scorecard, RIGHTARG = kobra.scorecard, FUNCTION = kobra.scorecard_eq,
	COMMUTATOR = OPERATOR(kobra.=), NEGATOR = OPERATOR(kobra.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR kobra.= (kobra.scorecard, kobra.scorecard) IS 'The same card.';
CREATE OPERATOR kobra.<> (
	LEFTARG = kobra.scorecard, RIGHTARG = kobra.scorecard, FUNCTION = kobra.scorecard_ne,
	COMMUTATOR = OPERATOR(kobra.<>), NEGATOR = OPERATOR(kobra.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR kobra.<> (kobra.scorecard, kobra.scorecard) IS 'Different cards.';
CREATE OPERATOR CLASS kobra.scorecard_ops DEFAULT FOR TYPE kobra.scorecard USING hash AS
	OPERATOR 1 kobra.= (kobra.scorecard, kobra.scorecard),
	FUNCTION 1 kobra.scorecard_hash(kobra.scorecard);
COMMENT ON OPERATOR CLASS kobra.scorecard_ops USING hash IS 'Grouping, hash joins and hash indexes of cards.';

-- scoring

CREATE TYPE kobra.score_result AS (
	score double precision,
	probability double precision,
	segment text,
	microsegment text,
	reasons text[],
	points double precision[]
);
COMMENT ON TYPE kobra.score_result IS 'A score and what it is made of.';
COMMENT ON COLUMN kobra.score_result.score IS 'Initial score and points together; NULL when a value takes no bin.';
COMMENT ON COLUMN kobra.score_result.probability IS
'Probability of payment, 0 to 1: 1 / (1 + exp(-((score - scaling.score) * ln 2 / pdo + ln odds))); NULL without scaling.';
COMMENT ON COLUMN kobra.score_result.segment IS 'The band the score lies in; NULL when there is none.';
COMMENT ON COLUMN kobra.score_result.microsegment IS
'Bins of the characteristics that the card lists under microsegment, as name=bin|name=bin; |, = and \ in names are escaped by \. NULL when the card lists none or a value takes no bin.';
COMMENT ON COLUMN kobra.score_result.reasons IS
'Reason codes, the weightiest first: where points differ from the baseline in the bad direction (PMML 4.4, Scorecard, reasonCodeAlgorithm). NULL without a score.';
COMMENT ON COLUMN kobra.score_result.points IS 'Points of each characteristic in the order of the card; NULL where the value takes no bin.';

CREATE FUNCTION kobra.score(card kobra.scorecard, VARIADIC features "any") RETURNS double precision
	AS 'MODULE_PATHNAME', 'kobra_score' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION kobra.score(kobra.scorecard, "any") IS
'The score of features given one by one in the order of the card''s characteristics: the fastest form. NULL when the card is NULL or a value takes no bin. KB202 when their number or types do not fit the card.';

CREATE FUNCTION kobra.score_row(card kobra.scorecard, features record) RETURNS double precision
	AS 'MODULE_PATHNAME', 'kobra_score_row' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION kobra.score_row(kobra.scorecard, record) IS
'The score of a row whose attributes are named as the card''s characteristics; one named attributes.x reads the key x of the jsonb attribute "attributes". NULL when a value takes no bin. KB202 when an attribute is missing or its type does not fit.';

CREATE FUNCTION kobra.score_detail(card kobra.scorecard, features record) RETURNS kobra.score_result
	AS 'MODULE_PATHNAME', 'kobra_score_detail' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION kobra.score_detail(kobra.scorecard, record) IS
'The score of a row with its probability, segment, microsegment, reason codes and points; features as in score_row.';

CREATE FUNCTION kobra.segment_of(card kobra.scorecard, score double precision) RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_segment_of' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION kobra.segment_of(kobra.scorecard, double precision) IS
'The segment of the band that a score lies in; NULL when there is none.';

CREATE FUNCTION kobra.microsegment(card kobra.scorecard, features record) RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_microsegment' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION kobra.microsegment(kobra.scorecard, record) IS
'Bins of the characteristics that the card lists under microsegment, as name=bin|name=bin; |, = and \ are escaped by \. Features as in score_row. NULL when the card lists none or a value takes no bin.';
