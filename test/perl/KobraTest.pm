package KobraTest;

# What the TAP tests share: a server with kobra in a database, and a database in
# which every table of the extension has rows of an operator's own.

use strict;
use warnings;

use Exporter 'import';
use PostgreSQL::Test::Cluster;

our @EXPORT = qw(start_node create_database fill_living);

# A running server, with the database "gis" that has postgis in it and nothing
# else, to be a template.
sub start_node
{
	my ($name, @settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	# whatever the locale of whoever runs the tests
	$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
	$node->append_conf('postgresql.conf', $_) foreach ("timezone = 'UTC'", @settings);
	$node->start;
	$node->safe_psql('postgres', 'CREATE DATABASE gis');
	$node->safe_psql('gis', 'CREATE EXTENSION postgis');
	return $node;
}

# A database with postgis and kobra.
sub create_database
{
	my ($node, $db) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE gis");
	$node->safe_psql($db, 'CREATE EXTENSION kobra');
	return;
}

# Give every table of the extension rows, the way an operation would.
sub fill_living
{
	my ($node, $db) = @_;

	$node->safe_psql($db, q{
		INSERT INTO kobra.job_run (job, params, status, rows_done, finished_at)
		VALUES ('import_portfolio', '{"file": "ñandú.csv"}', 'done', 12, clock_timestamp()),
			   ('segment_portfolio', '{}', 'running', 3, NULL);

		INSERT INTO kobra.creditor (name) VALUES ('Banco Ñandú');
		INSERT INTO kobra.portfolio (creditor_id, name, currency, jurisdiction, zone, allocation_order)
		SELECT creditor_id, 'tarjetas', 'MXN', 'MX', 'America/Mexico_City', '{due_on,fee,tax,interest,principal}'
		  FROM kobra.creditor;
		INSERT INTO kobra.product (creditor_id, code, name) SELECT creditor_id, 'card', 'Tarjeta' FROM kobra.creditor;
		INSERT INTO kobra.agency (name) VALUES ('Despacho Norte');
		INSERT INTO kobra.team (agency_id, name) SELECT agency_id, 'noche' FROM kobra.agency;
		INSERT INTO kobra.agent (team_id, name) SELECT team_id, 'ana' FROM kobra.team;
		INSERT INTO kobra.agent (supervisor_id, name) SELECT agent_id, 'beto' FROM kobra.agent;
		INSERT INTO kobra.country_name (name, country) VALUES ('republica mexicana', 'MX');
		SELECT kobra.put_zone_place('MX', 'Cabo San Lucas', 'America/Mazatlan', 'city'), kobra.put_zone_prefix('+52624', 'America/Mazatlan');
		INSERT INTO kobra.contact_outcome (outcome, attempt, success, label) VALUES ('voicemail', true, false, '{}');
		INSERT INTO kobra.item_kind (kind, label) VALUES ('penalty', '{"es": "multa"}');
		INSERT INTO kobra.channel (channel, address_kind, label) VALUES ('radio', 'none', '{}');
		SELECT kobra.put_setting('batch_rows', '3', 'tarjetas');
		SELECT kobra.put_job('segment_portfolio', '0 4 * * *');
		INSERT INTO kobra.score_reason (code, meaning) VALUES ('PAST_DUE', '{}');
		INSERT INTO kobra.segment (name, rank, label) VALUES ('high_risk', 5, '{}');

		INSERT INTO kobra.debtor_ref (creditor_id, external_id)
		SELECT creditor_id, lpad(g::text, 5, '0') FROM kobra.creditor, generate_series(1, 20) g ORDER BY 2;
		INSERT INTO kobra.debtor (debtor_id, creditor_id, name)
		SELECT debtor_id, creditor_id, 'Deudor ' || external_id FROM kobra.debtor_ref;
		SELECT kobra.not_duplicates('00009', '00008', 'ñ');
		SELECT kobra.merge_debtors('00001', '00002', 'ñ');
		SELECT kobra.merge_debtors('00001', '00003', 'x');
		SELECT kobra.unmerge_debtors('00003', 'no');
		INSERT INTO kobra.contact_point (debtor_id, channel, raw, normalised)
		SELECT debtor_id, 'phone', '+52 55 ' || debtor_id, '+5255' || debtor_id FROM kobra.debtor;
		INSERT INTO kobra.address (debtor_id, city, location, address_key)
		SELECT debtor_id, 'México', 'SRID=4326;POINT(-99.13 19.43)', 'méxico' FROM kobra.debtor;
		INSERT INTO kobra.account (debtor_id, portfolio_id, external_id)
		SELECT debtor_id, portfolio_id, 'C-' || debtor_id FROM kobra.debtor, kobra.portfolio;
		SELECT kobra.put_party('#' || debtor_id, '#' || account_id, 'guarantor', name => 'Aval ñ', tax_id => 'AVAL-1') FROM kobra.account;
		SELECT kobra.put_party_role('neighbour');
		INSERT INTO kobra.placement (portfolio_id, agency_id, placed_on)
		SELECT portfolio_id, agency_id, '2026-01-01' FROM kobra.portfolio, kobra.agency;
		INSERT INTO kobra.placement_account (debtor_id, placement_id, account_id, placed_on)
		SELECT debtor_id, placement_id, account_id, '2026-01-01' FROM kobra.account, kobra.placement;
		INSERT INTO kobra.open_item (debtor_id, account_id, portfolio_id, external_id, issued_on, due_on, currency, amount, balance)
		SELECT debtor_id, account_id, portfolio_id, 'F-1', '2026-01-01', '2026-02-01', 'MXN', 100.10, 40.05 FROM kobra.account;
		INSERT INTO kobra.payment (debtor_id, portfolio_id, external_id, paid_on, currency, amount, unallocated)
		SELECT debtor_id, portfolio_id, 'P-1', '2026-01-15', 'MXN', 50.05, 0 FROM kobra.account;
		INSERT INTO kobra.payment_allocation (debtor_id, payment_id, item_id, amount, allocated_on)
		SELECT debtor_id, payment_id, item_id, 50.05, paid_on FROM kobra.payment JOIN kobra.open_item USING (debtor_id);
		INSERT INTO kobra.adjustment (debtor_id, item_id, kind, amount, adjusted_on)
		SELECT debtor_id, item_id, 'correction', 10, '2026-01-20' FROM kobra.open_item;
		SELECT kobra.put_charge_rule('mora', annual_rate => 0.24, portfolio => 'tarjetas', effective_from => '2026-01-01');
		CALL kobra.accrue_charges('tarjetas', '2026-02-28');
		SELECT kobra.charge_off(debtor_id, account_id, 'año nuevo', '2026-02-15') FROM kobra.account WHERE debtor_id % 2 = 0;
		INSERT INTO kobra.unidentified_payment (portfolio_id, external_id, amount, currency, paid_on, payer_name)
		SELECT portfolio_id, 'U-1', 12.30, 'MXN', '2026-01-16', 'Peña' FROM kobra.portfolio;
		INSERT INTO kobra.import_batch (portfolio_id, source, mapping) SELECT portfolio_id, 'file', '{}' FROM kobra.portfolio;
		INSERT INTO kobra.import_row SELECT import_batch_id, 1, 1, false, '{"a": "ñ"}' FROM kobra.import_batch;
		INSERT INTO kobra.import_undo (debtor_id, import_batch_id, object, id, before)
		SELECT d.debtor_id, b.import_batch_id, 'debtor', d.debtor_id, '{"name": "Peña"}' FROM kobra.debtor d, kobra.import_batch b;
		INSERT INTO kobra.import_reject SELECT import_batch_id, 2, '{"a": ""}', '{missing:debtor}' FROM kobra.import_batch;

		INSERT INTO kobra.import_source (name, portfolio_id, source, mapping, schedule)
		SELECT 'nightly', portfolio_id, 'public.file', '{}', '30 2 * * *' FROM kobra.portfolio;
		INSERT INTO kobra.import_source_run (import_source_id, name, sqlstate, error, started_at)
		SELECT import_source_id, name, 'KB112', 'the source does not exist', clock_timestamp() FROM kobra.import_source;
		INSERT INTO kobra.account_balance (debtor_id, account_id, portfolio_id, as_of, balance, overdue, overdue_since, due_on, import_batch_id)
		SELECT debtor_id, account_id, portfolio_id, '2026-03-01', 40.05, 10, '2026-02-01', '2026-03-15', b.import_batch_id
		  FROM kobra.account JOIN kobra.import_batch b USING (portfolio_id);
		SELECT kobra.put_limitation_period('MX', 3, 'card');
		SELECT kobra.acknowledge_debt('00005', '#' || account_id, '2026-02-20', 'carta') FROM kobra.account a WHERE a.debtor_id = kobra.debtor_id('00005');
		SELECT kobra.put_hold_kind('strike', label => '{"es": "huelga"}');
		SELECT kobra.place_hold('00004', 'vulnerable', 'ñ');
		SELECT kobra.place_hold('00004', 'other', 'x', account => '#' || account_id) FROM kobra.account a WHERE a.debtor_id = kobra.debtor_id('00004');
		INSERT INTO kobra.contact_rule (rule_set, jurisdiction, portfolio_id, kind, channels, label, legal_ref, confidence)
		SELECT 'propia', 'MX', portfolio_id, 'window', '{phone}', '{"es": "De 9 a 18"}', 'política ñ', 'H' FROM kobra.portfolio;
		INSERT INTO kobra.rule_window SELECT rule_id, 1, '{1,2,3,4,5}', '09:00', '18:00', false FROM kobra.contact_rule WHERE rule_id >= 1000;
		SELECT kobra.enable_contact_rule(3, true, 'dirección');
		SELECT kobra.put_contact_rule('{"kind": "cap", "jurisdiction": "MX", "segment": "C", "max_count": 3, "window_type": "rolling", "window_length": "7 days",
			"count_basis": "attempt", "channels": ["phone"], "label": {"es": "Tres por semana, señor"}}');

		INSERT INTO kobra.consent (debtor_id, kind, channel, evidence) SELECT debtor_id, 'consent', 'phone', 'grabación ñ' FROM kobra.debtor;
		SELECT kobra.make_partitions('2026-03-01');
		SELECT kobra.record_contact(debtor_id, 'phone', 'collection', '2026-03-02 12:00-06', destination => '+5255', external_id => 'ñ') FROM kobra.debtor;
		SELECT kobra.record_contact(debtor_id, 'phone', 'collection', '2025-03-02 12:00-06') FROM kobra.debtor;
		SELECT kobra.opt_out('00006', 'carta ñ', 'phone', days => '{6,7}', external_id => 'W-1'), kobra.set_preference('00006', 'x', 'sms');
		SELECT kobra.withdraw_consent(debtor_id, consent_id, 'ya no') FROM kobra.consent WHERE kind = 'preference';

		SELECT kobra.load_holidays('banco', '[{"date": "2026-12-12", "name": "Día del Empleado Bancario"}]');

		SELECT kobra.put_template_situation('welcome', 'information_requested', label => '{"es": "bienvenida"}');
		SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', 'Ñandú: {{amount_overdue}}', portfolio => 'tarjetas');
		SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "saludo", "say": "Buenos días, ¿{{debtor.name}}?"}]', portfolio => 'tarjetas');
		SELECT kobra.put_lint_word('es', 'jargon', 'morosidad', 'atraso');

		SELECT kobra.put_scorecard_model('own', card, 'tarjetas') FROM kobra.scorecard_model;
		SELECT kobra.set_model_status('own', 'shadow');
		CALL kobra.segment_portfolio('tarjetas', '2026-03-31');
	});
	fill_log($node, $db);
	return;
}

# A log with months, a purged one too, blocks, nodes, and at its end a transaction
# that is not sealed.
sub fill_log
{
	my ($node, $db) = @_;

	$node->safe_psql($db, q{
		CREATE TABLE public.crm (crm_id int PRIMARY KEY, debtor_id bigint, seen_on date, note text);
		SELECT kobra.audit_enable('public.crm', '{"subject": "debtor_id", "personal": ["note"]}');
		SELECT kobra.audit_hold(1000, 'expediente ñ');
		INSERT INTO kobra.audit_activity (source, subject, active_on, meaning) VALUES ('public.crm', 'debtor_id', 'seen_on', 'x');
		INSERT INTO public.crm SELECT g, g, '2026-01-01', repeat('ñ', 50) FROM generate_series(1, 300) g;
		SELECT kobra.make_partitions('2020-01-01');
		SELECT kobra.audit_purge('2020-01-01', 'nothing in it');
		SELECT kobra.make_partitions();
		DO $$ BEGIN FOR i IN 1 .. 260 LOOP UPDATE public.crm SET note = 'x' WHERE crm_id = i; COMMIT; END LOOP; END $$;
	});
	$node->safe_psql($db, 'SELECT kobra.audit_seal()');
	$node->safe_psql($db, q{
		INSERT INTO kobra.audit_key (key) VALUES ('-----BEGIN PUBLIC KEY-----');
		INSERT INTO kobra.audit_checkpoint (tree_size, root, note) SELECT tree_size, root, 'a note' FROM kobra.audit_block;
		UPDATE public.crm SET note = 'not sealed' WHERE crm_id = 1;
	});
	return;
}

1;
