-- audit: the extension's own tables

-- Left out: what a job works with and forgets (job_run, import_row, import_undo,
-- import_source_run), what was refused (import_reject), and what only repeats
-- what is logged (segment_history) or tries out (shadow_score).
INSERT INTO kobra.audit_policy (audit_policy_id, tbl, table_key, subject, personal, truncate_mode, set_at, set_by)
	OVERRIDING SYSTEM VALUE
SELECT t.id, ('kobra.' || t.name)::regclass, 'kobra.' || t.name,
	CASE WHEN t.debtor THEN 'debtor_id'::name END, t.personal::name[], 'forbid', '2026-01-01 00:00+00', 'kobra'
  FROM (VALUES
	(10, 'creditor', false, '{}'), (11, 'portfolio', false, '{}'), (12, 'product', false, '{}'),
	(13, 'agency', false, '{}'), (14, 'team', false, '{}'), (15, 'agent', false, '{name,email,phone}'),
	(16, 'placement', false, '{}'), (17, 'item_kind', false, '{}'), (18, 'channel', false, '{}'),
	(19, 'setting', false, '{}'), (20, 'charge_rule', false, '{}'), (21, 'hold_kind', false, '{}'),
	(22, 'limitation_period', false, '{}'), (23, 'contact_outcome', false, '{}'), (24, 'country_name', false, '{}'),
	(25, 'zone_place', false, '{}'), (26, 'zone_prefix', false, '{}'), (27, 'scorecard_model', false, '{}'),
	(28, 'segment', false, '{}'), (29, 'score_reason', false, '{}'), (30, 'import_batch', false, '{}'),
	(31, 'import_source', false, '{}'), (32, 'party_role', false, '{}'), (33, 'job', false, '{}'),
	(34, 'contact_rule', false, '{}'), (35, 'rule_window', false, '{}'), (36, 'holiday', false, '{}'),
	(40, 'debtor_ref', true, '{external_id}'), (41, 'debtor', true, '{name,tax_id,attributes}'),
	(42, 'contact_point', true, '{raw,normalised}'),
	(43, 'address', true, '{street,district,city,postal_code,location,boundary,address_key}'),
	(44, 'account', true, '{attributes}'), (45, 'account_party', true, '{}'), (46, 'placement_account', true, '{}'),
	(47, 'open_item', true, '{}'), (48, 'payment', true, '{}'), (49, 'payment_allocation', true, '{}'),
	(50, 'adjustment', true, '{}'), (51, 'account_balance', true, '{}'), (52, 'account_event', true, '{}'),
	(53, 'acknowledgement', true, '{}'), (54, 'debtor_merge', true, '{}'), (55, 'hold', true, '{}'),
	(56, 'unidentified_payment', true, '{payer_name,payer_tax_id,payer_account,reference,raw}'),
	(57, 'segment_assignment', true, '{}'), (58, 'not_duplicate', true, '{}'),
	(80, 'template_situation', false, '{}'), (81, 'message_template', false, '{}'), (82, 'script', false, '{}'),
	(83, 'lint_word', false, '{}'),
	(60, 'consent', true, '{evidence}'), (61, 'contact_event', true, '{destination}')
	) t(id, name, debtor, personal);
SELECT kobra.audit_arm(p.tbl) FROM kobra.audit_policy p ORDER BY p.audit_policy_id;
