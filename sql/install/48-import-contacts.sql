-- contact: contacts that another system made

CREATE PROCEDURE kobra.import_contacts(source regclass, portfolio text, mapping jsonb)
	AS 'MODULE_PATHNAME', 'kobra_import_contacts' LANGUAGE C;
COMMENT ON PROCEDURE kobra.import_contacts(regclass, text, jsonb) IS
'Reads contacts that another system made - its history, a dialler''s call records - from a table, view or foreign table, with the rights of the caller; mapping, whose feed is contacts, says which column and which word is what (doc/mapping.schema.json). They count for caps, gaps and cooldowns at once, and what they broke, or show that later ones broke, is in kobra.breach. A bad row goes to kobra.import_reject with every reason; kobra.import_batch has the counts. Commits each batch of setting batch_rows; called again with the same arguments after a crash it goes on. The same source twice changes nothing. Errors: as import_portfolio.';
