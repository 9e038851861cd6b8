-- The extension's schema, made here so that a schema somebody prepared makes the
-- installation fail instead of capturing it.

CREATE SCHEMA kobra;
COMMENT ON SCHEMA kobra IS 'Debt collection inside the database: the extension kobra.';
GRANT USAGE ON SCHEMA kobra TO PUBLIC;
