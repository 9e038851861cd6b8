-- audit: what the extension's tables have at the end of its script

INSERT INTO kobra.audit_own_object (kind, tbl, name) SELECT o.kind, o.tbl, o.name FROM kobra.audit_table_object o;
