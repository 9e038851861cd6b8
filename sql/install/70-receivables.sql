-- receivables: stocks, DSO and its kin over any table of invoices

-- state type

CREATE TYPE kobra.receivables_state;

CREATE FUNCTION kobra.receivables_state_in(cstring) RETURNS kobra.receivables_state
	AS 'MODULE_PATHNAME', 'kobra_receivables_state_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.receivables_state_in(cstring) IS
'Reads the text form of receivables_state. KB303 if the text is not what the output function writes.';

CREATE FUNCTION kobra.receivables_state_out(kobra.receivables_state) RETURNS cstring
	AS 'MODULE_PATHNAME', 'kobra_receivables_state_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.receivables_state_out(kobra.receivables_state) IS
'Writes the text form of receivables_state: exact, and equal for equal sets of items in any order.';

CREATE FUNCTION kobra.receivables_state_recv(internal) RETURNS kobra.receivables_state
	AS 'MODULE_PATHNAME', 'kobra_receivables_state_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.receivables_state_recv(internal) IS
'Reads the binary form of receivables_state. KB303 if the bytes are not what the send function writes.';

CREATE FUNCTION kobra.receivables_state_send(kobra.receivables_state) RETURNS bytea
	AS 'MODULE_PATHNAME', 'kobra_receivables_state_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.receivables_state_send(kobra.receivables_state) IS
'Writes the binary form of receivables_state.';

CREATE TYPE kobra.receivables_state (
	INPUT = kobra.receivables_state_in,
	OUTPUT = kobra.receivables_state_out,
	RECEIVE = kobra.receivables_state_recv,
	SEND = kobra.receivables_state_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE kobra.receivables_state IS
'Sums over a set of receivables as of a day: the state of the aggregate receivables, a column of a roll-up table, what the nodes of a cluster exchange. States over the same day, number of days, buckets and currency are added with + and read with receivables_result.';

-- result type

CREATE TYPE kobra.receivables_kpi AS (
	items bigint,
	amount numeric,
	open_items bigint,
	open_amount numeric,
	overdue_items bigint,
	overdue_amount numeric,
	sales_amount numeric,
	dso numeric,
	best_possible_dso numeric,
	average_days_delinquent numeric,
	countback_dso numeric,
	cei numeric,
	average_debt_age numeric,
	average_collection_period numeric,
	mean_days_to_settle numeric,
	overdue_share numeric,
	late_items bigint,
	ageing_counts bigint[],
	ageing_amounts numeric[],
	as_of date,
	days integer,
	currency text
);
COMMENT ON TYPE kobra.receivables_kpi IS
'Figures of a set of receivables as of a day. Amounts are exact, in the currency of the items; ratios are rounded half away from zero to 8 decimal places and NULL when their denominator is zero. Formulas: doc/receivables.md.';
COMMENT ON COLUMN kobra.receivables_kpi.items IS 'Items issued on or before as_of.';
COMMENT ON COLUMN kobra.receivables_kpi.amount IS 'Sum of their amounts.';
COMMENT ON COLUMN kobra.receivables_kpi.open_items IS 'Of these, the open ones: with a balance, or without a balance argument not settled by as_of.';
COMMENT ON COLUMN kobra.receivables_kpi.open_amount IS 'Sum of the open items'' balances: receivables at the end.';
COMMENT ON COLUMN kobra.receivables_kpi.overdue_items IS 'Open items due before as_of; due on as_of is not overdue.';
COMMENT ON COLUMN kobra.receivables_kpi.overdue_amount IS 'Sum of their balances.';
COMMENT ON COLUMN kobra.receivables_kpi.sales_amount IS 'Sum of the amounts issued in the last days days: after as_of - days, up to as_of.';
COMMENT ON COLUMN kobra.receivables_kpi.dso IS 'Days sales outstanding, in days: open_amount / sales_amount * days. Source: Delta Recovery newsletter, March 2005.';
COMMENT ON COLUMN kobra.receivables_kpi.best_possible_dso IS 'DSO if nothing were overdue, in days: (open_amount - overdue_amount) / sales_amount * days. Source: Smyyth, DSO as a key metric.';
COMMENT ON COLUMN kobra.receivables_kpi.average_days_delinquent IS 'In days: dso - best_possible_dso.';
COMMENT ON COLUMN kobra.receivables_kpi.countback_dso IS 'In days: sales of windows of 30 days back from as_of are taken from open_amount, newest first; each used up counts 30 days, the last in proportion. NULL when sales run out, or open_amount is negative. Source: Highako Academy.';
COMMENT ON COLUMN kobra.receivables_kpi.cei IS 'Collection effectiveness index over the last days days, in percent: (receivables at the start + sales - receivables at the end) / (receivables at the start + sales - receivables at the end not yet due) * 100. Source: AccountingTools, collection effectiveness index.';
COMMENT ON COLUMN kobra.receivables_kpi.average_debt_age IS 'Days since issue of the open items, weighted by balance: sum(balance * (as_of - issued_on)) / open_amount.';
COMMENT ON COLUMN kobra.receivables_kpi.average_collection_period IS 'Days from issue to settlement of the items settled by as_of, weighted by amount: sum(amount * (settled_on - issued_on)) / sum(amount).';
COMMENT ON COLUMN kobra.receivables_kpi.mean_days_to_settle IS 'Days from issue to settlement of the items settled by as_of, each counting once.';
COMMENT ON COLUMN kobra.receivables_kpi.overdue_share IS 'Share of what is open that is overdue, from 0 to 1: overdue_amount / open_amount.';
COMMENT ON COLUMN kobra.receivables_kpi.late_items IS 'Items settled by as_of, after their due date.';
COMMENT ON COLUMN kobra.receivables_kpi.ageing_counts IS 'Open items by days past due: not overdue, then one element a bucket; by default 1-30, 31-60, 61-90, 91-120, over 120.';
COMMENT ON COLUMN kobra.receivables_kpi.ageing_amounts IS 'Their balances, in the same buckets.';
COMMENT ON COLUMN kobra.receivables_kpi.as_of IS 'The day the figures are of.';
COMMENT ON COLUMN kobra.receivables_kpi.days IS 'Number of days that sales and cei look back.';
COMMENT ON COLUMN kobra.receivables_kpi.currency IS 'Currency of the amounts; NULL when the items have none.';

-- functions the aggregates are made of

CREATE FUNCTION kobra.receivables_accum(state kobra.receivables_state, amount numeric,
		issued_on date, due_on date, settled_on date, as_of date, days integer)
	RETURNS kobra.receivables_state
	AS 'MODULE_PATHNAME', 'kobra_receivables_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION kobra.receivables_accum(kobra.receivables_state, numeric, date, date, date, date, integer) IS
'Adds an item to a state; NULL is the empty one. An item without amount or issue date changes nothing. KB302 if as_of or days differ from the state''s, KB304 if they are out of range, KB305 if an amount or date is not finite.';

CREATE FUNCTION kobra.receivables_accum(state kobra.receivables_state, amount numeric, balance numeric,
		currency text, issued_on date, due_on date, settled_on date, as_of date, days integer)
	RETURNS kobra.receivables_state
	AS 'MODULE_PATHNAME', 'kobra_receivables_accum_balance' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION kobra.receivables_accum(kobra.receivables_state, numeric, numeric, text, date, date, date, date, integer) IS
'Likewise for an item whose balance is known. KB301 if its currency is not the state''s.';

CREATE FUNCTION kobra.receivables_accum(state kobra.receivables_state, amount numeric, balance numeric,
		currency text, issued_on date, due_on date, settled_on date, as_of date, days integer, buckets integer[])
	RETURNS kobra.receivables_state
	AS 'MODULE_PATHNAME', 'kobra_receivables_accum_buckets' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION kobra.receivables_accum(kobra.receivables_state, numeric, numeric, text, date, date, date, date, integer, integer[]) IS
'Likewise with the days past due that end each ageing bucket, in place of {30,60,90,120}.';

CREATE FUNCTION kobra.receivables_combine(kobra.receivables_state, kobra.receivables_state)
	RETURNS kobra.receivables_state
	AS 'MODULE_PATHNAME', 'kobra_receivables_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION kobra.receivables_combine(kobra.receivables_state, kobra.receivables_state) IS
'The state of both sets of items together; NULL is the empty set. KB301 if the currencies differ, KB302 if as_of, days or buckets do.';

CREATE FUNCTION kobra.receivables_compact(kobra.receivables_state) RETURNS kobra.receivables_state
	AS 'MODULE_PATHNAME', 'kobra_receivables_compact' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.receivables_compact(kobra.receivables_state) IS
'The same state without the spare room it has while it is being added to.';

CREATE FUNCTION kobra.receivables_result(kobra.receivables_state) RETURNS kobra.receivables_kpi
	AS 'MODULE_PATHNAME', 'kobra_receivables_result' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION kobra.receivables_result(kobra.receivables_state) IS
'The figures a state amounts to.';

CREATE OPERATOR kobra.+ (
	FUNCTION = kobra.receivables_combine,
	LEFTARG = kobra.receivables_state, RIGHTARG = kobra.receivables_state,
	COMMUTATOR = OPERATOR(kobra.+)
);
COMMENT ON OPERATOR kobra.+ (kobra.receivables_state, kobra.receivables_state) IS
'The state of both sets of items together; NULL is the empty set.';

-- aggregates

CREATE AGGREGATE kobra.receivables(numeric, date, date, date, date, integer) (
	SFUNC = kobra.receivables_accum, STYPE = kobra.receivables_state, SSPACE = 1000,
	FINALFUNC = kobra.receivables_result, COMBINEFUNC = kobra.receivables_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE kobra.receivables(numeric, date, date, date, date, integer) IS
'receivables(amount, issued_on, due_on, settled_on, as_of, days): the figures of a set of items that are paid in one go; settled_on is NULL while they are open. NULL for no rows.';

CREATE AGGREGATE kobra.receivables(numeric, numeric, text, date, date, date, date, integer) (
	SFUNC = kobra.receivables_accum, STYPE = kobra.receivables_state, SSPACE = 1000,
	FINALFUNC = kobra.receivables_result, COMBINEFUNC = kobra.receivables_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE kobra.receivables(numeric, numeric, text, date, date, date, date, integer) IS
'receivables(amount, balance, currency, issued_on, due_on, settled_on, as_of, days): likewise for items with a balance as of the day; items of more than one currency are an error, KB301.';

CREATE AGGREGATE kobra.receivables(numeric, numeric, text, date, date, date, date, integer, integer[]) (
	SFUNC = kobra.receivables_accum, STYPE = kobra.receivables_state, SSPACE = 1000,
	FINALFUNC = kobra.receivables_result, COMBINEFUNC = kobra.receivables_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE kobra.receivables(numeric, numeric, text, date, date, date, date, integer, integer[]) IS
'receivables(amount, balance, currency, issued_on, due_on, settled_on, as_of, days, buckets): likewise with the days past due that end each ageing bucket, in place of {30,60,90,120}.';

CREATE AGGREGATE kobra.receivables_state_agg(numeric, date, date, date, date, integer) (
	SFUNC = kobra.receivables_accum, STYPE = kobra.receivables_state, SSPACE = 1000,
	FINALFUNC = kobra.receivables_compact, COMBINEFUNC = kobra.receivables_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE kobra.receivables_state_agg(numeric, date, date, date, date, integer) IS
'The state of receivables with the same arguments, to be stored and added to others. NULL for no rows.';

CREATE AGGREGATE kobra.receivables_state_agg(numeric, numeric, text, date, date, date, date, integer) (
	SFUNC = kobra.receivables_accum, STYPE = kobra.receivables_state, SSPACE = 1000,
	FINALFUNC = kobra.receivables_compact, COMBINEFUNC = kobra.receivables_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE kobra.receivables_state_agg(numeric, numeric, text, date, date, date, date, integer) IS
'The state of receivables with the same arguments, to be stored and added to others. NULL for no rows.';

CREATE AGGREGATE kobra.receivables_state_agg(numeric, numeric, text, date, date, date, date, integer, integer[]) (
	SFUNC = kobra.receivables_accum, STYPE = kobra.receivables_state, SSPACE = 1000,
	FINALFUNC = kobra.receivables_compact, COMBINEFUNC = kobra.receivables_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE kobra.receivables_state_agg(numeric, numeric, text, date, date, date, date, integer, integer[]) IS
'The state of receivables with the same arguments, to be stored and added to others. NULL for no rows.';

CREATE AGGREGATE kobra.receivables_merge(kobra.receivables_state) (
	SFUNC = kobra.receivables_combine, STYPE = kobra.receivables_state, SSPACE = 1000,
	FINALFUNC = kobra.receivables_compact, COMBINEFUNC = kobra.receivables_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE kobra.receivables_merge(kobra.receivables_state) IS
'The state of all the sets of items together. KB301 if the currencies differ, KB302 if as_of, days or buckets do. NULL for no rows.';
