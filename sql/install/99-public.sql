-- Who may execute what: nobody but the owner, then the pure functions everybody.
-- This file is last, so that a function it does not name stays closed.

REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA kobra FROM PUBLIC;

GRANT EXECUTE ON FUNCTION kobra.errors() TO PUBLIC;
