-- portfolio: money received, reversed, and put on what is owed

CREATE FUNCTION kobra.record_payment(portfolio text, debtor text, external_id text, amount numeric, currency text,
		paid_on date, account text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_record_payment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.record_payment(text, text, text, numeric, text, date, text) IS
'Records money received from a debtor, puts it on what the debtor owes by the portfolio''s allocation order, and returns the id of the payment; what is left stays as credit for items to come. External ids that start with reversal: or settled: are not for payments recorded so. account: the contract number or #id it is meant for; without it, any of the debtor''s accounts in the portfolio. Sent again with the same external id and the same contents, it changes nothing and returns the same id, also after a reversal. Errors: KB107 the external id is recorded with other contents, KB105 amount not positive, not finite, too large or finer than the currency''s smallest unit, KB104 not the portfolio''s currency, KB106 day infinite or later than tomorrow, KB101 unknown portfolio or account, KB008 unknown debtor, KB103 ambiguous name, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.reverse_payment(debtor text, external_id text, reason text, reversed_on date DEFAULT CURRENT_DATE,
		portfolio text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_reverse_payment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.reverse_payment(text, text, text, date, text) IS
'Reverses a payment (a returned transfer, a bounced cheque): a row of the negative amount with external id reversal:<external_id>, and the balances of the items it had paid as they would be without it; other credit of the debtor then pays what is open again. Returns the id of the reversal; a second call returns the same and changes nothing. The portfolio is needed when the debtor''s number is of more than one creditor. Errors: KB108 no such payment, KB106 day infinite, later than tomorrow or before the payment''s, KB007 it is a reversal itself, or an argument is missing, KB008 unknown debtor, KB103 ambiguous debtor, KB101 unknown portfolio, KB001 not authorized.';

CREATE FUNCTION kobra.adjust_item(debtor_id bigint, item_id bigint, amount numeric, kind text, reason text,
		adjusted_on date DEFAULT CURRENT_DATE) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_adjust_item' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.adjust_item(bigint, bigint, numeric, text, text, date) IS
'Changes what is owed of an item other than by a payment, and returns the id of the adjustment. A positive amount takes off the balance, a negative one adds to it, whereupon credit of the debtor pays it. kind: correction, write_off, or a word of the operator''s; missing and returned are the import''s. Errors: KB105 amount zero, not finite, too large, finer than the currency''s smallest unit or more than the balance, KB106 day infinite, later than tomorrow or, for what takes off the balance, before the item was issued or last given room, KB101 no such item, KB008 unknown debtor, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.allocate_credit(portfolio text, debtor_ids bigint[] DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_allocate_credit_of' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.allocate_credit(text, bigint[]) IS
'Puts the credit that debtors (NULL: all) have in the portfolio on their open items there and returns the number of allocations made. The functions of the extension do so themselves; it is for items that came in another way. Errors: KB101 unknown portfolio, KB007 no portfolio, KB001 not authorized.';
