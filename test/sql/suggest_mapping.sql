-- Mappings proposed from column names and contents.

CREATE SCHEMA suggest_mapping;
SET search_path = suggest_mapping, public;
CREATE TABLE ar ("countryCode" text, "customerID" text, "PaperlessDate" text, "invoiceNumber" text, "InvoiceDate" text,
	"DueDate" text, "InvoiceAmount" text, "Disputed" text, "SettledDate" text, "PaperlessBill" text, "DaysToSettle" text, "DaysLate" text);
INSERT INTO ar VALUES ('391', '0379-NEVHP', '4/6/2013', '0000611365', '1/2/2013', '2/1/2013', '55.94', 'No', '1/15/2013', 'Paper', '13', '0'),
	('406', '8976-AMJEO', '3/3/2012', '0007900770', '1/26/2013', '2/25/2013', '61.74', 'Yes', '3/3/2013', 'Electronic', '36', '6');
SELECT jsonb_pretty(kobra.suggest_mapping('ar'));

CREATE TABLE es ("No. Cliente" text, "Número de cliente" text, "Razón Social" text, tipo_persona text, "RFC" text, "Teléfono" text,
	"Correo electrónico" text, "Dirección" text, "Colonia" text, "Municipio" text, "Estado" text, "C.P." text, "País" text,
	latitud text, longitud text, "Núm. contrato" text, "NumeroContrato" text, "Producto" text, "FechaApertura" text, "Folio" text,
	"Concepto" text, "Fecha de emisión" text, "Fecha de Vencimiento" text, "Importe" text, "Moneda" text, "En disputa" text, "Fecha de Pago" text, notas text);
INSERT INTO es ("País", "Fecha de emisión", "Fecha de Vencimiento", "Importe", "En disputa", "Fecha de Pago")
VALUES ('MX', '01-02-2024', '03-02-2024', '1.234,50', 'Sí', ''), ('México', '05-02-2024', '07-02-2024', '999,00', 'no', NULL);
SELECT jsonb_pretty(kobra.suggest_mapping('es'));

CREATE TABLE pt (codigo_devedor text, nome text, "CPF/CNPJ" text, celular text, endereco text, bairro text, cidade text, uf text, cep text,
	"Número da conta" text, nota_fiscal text, data_emissao text, data_vencimento text, valor text, data_pagamento text);
INSERT INTO pt (data_emissao, data_vencimento, valor) VALUES ('10/mar/2024', '10/abr/2024', 'R$ 1.234,56'), ('x', '11/abr/2024', 'R$ 10,00');
SELECT jsonb_pretty(kobra.suggest_mapping('pt'));

-- days or months first, by what can be read, and else by what falls due after it is issued
CREATE FUNCTION format_of(VARIADIC dates text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	CREATE TEMP TABLE dated (invoice text, issue_date text, due_date text);
	INSERT INTO dated SELECT i, dates[i], dates[i + 1] FROM generate_series(1, cardinality(dates), 2) i;
	result := kobra.suggest_mapping('pg_temp.dated') ->> 'date_format';
	DROP TABLE dated;
	RETURN result;
END $$;
SELECT d, format_of(VARIADIC d::text[]) FROM (VALUES
	('{01/02/2024, 13/02/2024}'), ('{01/02/2024, 02/13/2024}'),
	('{01/02/2024, 02/01/2024}'), ('{01/02/2024, 01/03/2024}'), ('{12/02/2024, 02/12/2024, 12/03/2024, 01/04/2025}'),
	('{2024-01-02, 2024-02-01}'), ('{20240102, 20240201}'), ('{01.02.2024, 13.02.2024}'), ('{13/02/24, 15/02/24}'),
	('{2024-01-02T00:00:00, 2024-02-01T10:00:00}'), ('{1/2/2013 0:00, 2/13/2013 0:00}'), ('{02-Jan-24, 13-Dec-24}'),
	('{soon, later}'), ('{"", ""}')) v(d);

-- typed columns need no format; an empty table has only names
CREATE TABLE typed (customer_id int, invoice_no int, invoice_id int, issue_date date, due_date timestamp, amount numeric);
SELECT kobra.suggest_mapping('typed');
-- contents disprove names
CREATE TABLE odd (client text, invoice text, due_date text, total text, country text, disputed text, lat text);
INSERT INTO odd VALUES ('c', 'i', '2024-01-01', 'see below', '44', 'perhaps', '1');
SELECT kobra.suggest_mapping('odd');
SELECT kobra.suggest_mapping(0);
SELECT kobra.suggest_mapping('pg_class_oid_index');
