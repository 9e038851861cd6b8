-- smoke
SELECT kobra.create_creditor('imp') > 0 AS made;
SELECT kobra.create_portfolio('imp-mx', 'imp', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
CREATE TABLE f (cliente text, nombre text, factura text, emision text, vence text, importe text, pagada text, tel text, correo text, calle text, lat text, lon text);
INSERT INTO f VALUES
 ('001', 'Ana', 'F1', '01/02/2024', '01/03/2024', '$1,234.50', '', '+52 55 1234 5678; 5511112222', 'Ana@X.mx', 'Calle 1', '19.4', '-99.1'),
 ('001', 'Ana', 'F2', '01/02/2024', '01/03/2024', '100', '05/03/2024', '', '', '', '', ''),
 ('002', 'Luis', 'F1', '01/02/2024', '31/02/2024', 'abc', '', '', '', '', '', ''),
 ('002', 'Luis', 'F1', '01/02/2024', '28/02/2024', '10', '', '', '', '', '', '');
CALL kobra.import_portfolio('f', 'imp-mx', '{"columns": {"debtor": "cliente", "name": "nombre", "item": "factura", "issued_on": "emision", "due_on": "vence", "amount": "importe", "settled_on": "pagada", "phone":"tel","email":"correo","street":"calle","lat":"lat","lon":"lon"}, "date_format": "DD/MM/YYYY"}');
SELECT * FROM kobra.import_batch \gx
SELECT row_no, reasons FROM kobra.import_reject;
TABLE kobra.open_item;
TABLE kobra.payment;
TABLE kobra.payment_allocation;
TABLE kobra.contact_point;
SELECT st_astext(location::geometry), * FROM kobra.address;
TABLE kobra.debtor;
SELECT kobra.suggest_mapping('f');
SELECT * FROM kobra.check_import('f', 'imp-mx', kobra.suggest_mapping('f')) \gx
CALL kobra.import_portfolio('f', 'imp-mx', '{"columns": {"debtor": "cliente", "name": "nombre", "item": "factura", "issued_on": "emision", "due_on": "vence", "amount": "importe", "settled_on": "pagada", "phone":"tel","email":"correo","street":"calle","lat":"lat","lon":"lon"}, "date_format": "DD/MM/YYYY"}');
SELECT * FROM kobra.import_batch \gx
