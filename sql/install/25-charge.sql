-- portfolio: interest and fees by rule

CREATE FUNCTION kobra.put_charge_rule(rule text, kind text DEFAULT 'interest', base text DEFAULT 'overdue',
		annual_rate numeric DEFAULT NULL, amount numeric DEFAULT NULL, share numeric DEFAULT NULL,
		portfolio text DEFAULT NULL, creditor text DEFAULT NULL, product text DEFAULT NULL,
		day_count text DEFAULT '365', grace_days integer DEFAULT 0, max_annual_rate numeric DEFAULT NULL,
		max_share numeric DEFAULT NULL, max_amount numeric DEFAULT NULL, compound boolean DEFAULT false,
		charge_disputed boolean DEFAULT false, stop_deceased boolean DEFAULT false, stop_bankrupt boolean DEFAULT false,
		effective_from date DEFAULT CURRENT_DATE, effective_until date DEFAULT NULL, active boolean DEFAULT true,
		legal_ref text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_put_charge_rule' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_charge_rule(text, text, text, numeric, numeric, numeric, text, text, text, text, integer, numeric, numeric, numeric, boolean, boolean, boolean, boolean, date, date, boolean, text) IS
'Makes a rule of charges, or a row of one that supersedes the earlier ones from effective_from on, and returns the row''s id; the arguments are the columns of kobra.charge_rule. Rates and shares are 0 to 100 with up to eight decimals: 0.24 is 24 %. base overdue and outstanding need annual_rate; fixed needs amount or share. Amounts need a portfolio, whose currency they are in. active => false ends the rule. What a row changes in days that were charged already, the next accrue_charges corrects. Errors: KB142 terms that do not fit together or are out of range, KB105 an amount finer than the currency''s smallest unit, KB101 unknown portfolio or creditor, KB106 dates, KB007 an argument that is missing or blank, KB001 not authorized.';

CREATE PROCEDURE kobra.accrue_charges(portfolio text, as_of date DEFAULT CURRENT_DATE)
	AS 'MODULE_PATHNAME', 'kobra_accrue_charges' LANGUAGE C;
COMMENT ON PROCEDURE kobra.accrue_charges(text, date) IS
'Charges every account of a portfolio interest and fees by kobra.charge_rule up to the end of a day: an item a rule and account, with external id charge:<rule>:<day>, of what is due in all less what was charged before; a fee is charge:<rule>:#<item_id>. Interest of a day is the balance at the end of the day before x rate / days of the year, exact, rounded once: daily or monthly runs give the same total. The same day twice changes nothing; a day before one that was charged adds nothing. What a late payment, a reversal or a new row of a rule changes in the past is a new item, or an adjustment of kind charge_correction on what is still open of the rule''s items. Commits each batch of setting batch_rows accounts and resumes after a crash. Errors: KB106 day infinite or later than tomorrow, KB101 unknown portfolio, KB006 another session runs it, KB007 a null argument, KB001 not authorized.';

CREATE FUNCTION kobra.preview_charges(portfolio text, as_of date DEFAULT CURRENT_DATE)
	RETURNS TABLE (debtor_id bigint, account_id bigint, rule text, kind text, item_id bigint, total numeric, charged numeric, charge numeric)
	AS 'MODULE_PATHNAME', 'kobra_preview_charges' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10000 COST 100000;
COMMENT ON FUNCTION kobra.preview_charges(text, date) IS
'What accrue_charges would do on a day; nothing is written. A row an account and rule (a fee: and item_id) where something is to be charged or corrected: total is due in all, charged what was charged already, charge the difference; a negative one is taken off what is open of the rule''s items, and the rest is set off against charges to come. Errors: as accrue_charges.';
