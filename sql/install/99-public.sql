-- Who may execute what: nobody but the owner, then the pure functions everybody.
-- This file is last, so that a function it does not name stays closed.

REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA kobra FROM PUBLIC;

GRANT EXECUTE ON FUNCTION kobra.errors() TO PUBLIC;
GRANT EXECUTE ON FUNCTION kobra.debtor_share(bigint, text) TO PUBLIC;
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
