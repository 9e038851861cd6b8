/*
 * import_reason.c
 *		Why a row is refused: codes, and sentences a person can act on.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "kobra.h"
#include "portfolio/import_reason.h"
#include "settings.h"

/* %s is the target. */
static const struct
{
	const char *code;
	const char *sentences[KOBRA_LANGUAGES];
}			reasons[] = {

	[KOBRA_REASON_MISSING] = {"missing", {
			[KOBRA_ES] = "Falta %s: la columna está vacía en esta fila.",
			[KOBRA_PT] = "Falta %s: a coluna está vazia nesta linha.",
	[KOBRA_EN] = "%s is missing: the column is empty in this row."}},
	[KOBRA_REASON_NOT_SCALAR] = {"not_scalar", {
			[KOBRA_ES] = "%s no es un valor simple sino una lista o un objeto.",
			[KOBRA_PT] = "%s não é um valor simples, mas uma lista ou um objeto.",
	[KOBRA_EN] = "%s is not a single value but a list or an object."}},
	[KOBRA_REASON_TOO_LONG] = {"too_long", {
			[KOBRA_ES] = "%s es más largo de lo que se puede guardar.",
			[KOBRA_PT] = "%s é mais longo do que se pode guardar.",
	[KOBRA_EN] = "%s is longer than can be stored."}},
	[KOBRA_REASON_BAD_DATE] = {"bad_date", {
			[KOBRA_ES] = "%s no es una fecha del calendario en el formato indicado (años 1900 a 2199).",
			[KOBRA_PT] = "%s não é uma data do calendário no formato indicado (anos 1900 a 2199).",
	[KOBRA_EN] = "%s is not a date of the calendar in the stated format (years 1900 to 2199)."}},
	[KOBRA_REASON_FUTURE] = {"future", {
			[KOBRA_ES] = "%s está en el futuro.",
			[KOBRA_PT] = "%s está no futuro.",
	[KOBRA_EN] = "%s is in the future."}},
	[KOBRA_REASON_BAD_AMOUNT] = {"bad_amount", {
			[KOBRA_ES] = "%s no es un importe con el separador decimal indicado.",
			[KOBRA_PT] = "%s não é um valor com o separador decimal indicado.",
	[KOBRA_EN] = "%s is not an amount with the stated decimal mark."}},
	[KOBRA_REASON_NEGATIVE] = {"negative", {
			[KOBRA_ES] = "%s es negativo: los abonos se registran como pagos.",
			[KOBRA_PT] = "%s é negativo: os créditos são registrados como pagamentos.",
	[KOBRA_EN] = "%s is negative: credits are recorded as payments."}},
	[KOBRA_REASON_PRECISION] = {"precision", {
			[KOBRA_ES] = "%s tiene más decimales que la moneda.",
			[KOBRA_PT] = "%s tem mais casas decimais do que a moeda.",
	[KOBRA_EN] = "%s has more decimals than the currency."}},
	[KOBRA_REASON_TOO_LARGE] = {"too_large", {
			[KOBRA_ES] = "%s es mayor de lo que se puede guardar.",
			[KOBRA_PT] = "%s é maior do que se pode guardar.",
	[KOBRA_EN] = "%s is larger than can be stored."}},
	[KOBRA_REASON_CURRENCY_MISMATCH] = {"currency_mismatch", {
			[KOBRA_ES] = "%s está en otra moneda que la cartera; cada moneda va en una cartera propia.",
			[KOBRA_PT] = "%s está em outra moeda que a carteira; cada moeda vai em uma carteira própria.",
	[KOBRA_EN] = "%s is in another currency than the portfolio; each currency has a portfolio of its own."}},
	[KOBRA_REASON_UNKNOWN_KIND] = {"unknown_kind", {
			[KOBRA_ES] = "%s no es un tipo de partida conocido; vea la tabla kobra.item_kind.",
			[KOBRA_PT] = "%s não é um tipo de item conhecido; veja a tabela kobra.item_kind.",
	[KOBRA_EN] = "%s is not a known kind of item; see the table kobra.item_kind."}},
	[KOBRA_REASON_BAD_FLAG] = {"bad_flag", {
			[KOBRA_ES] = "%s no dice ni sí ni no; indique en \"true\" las palabras que significan sí.",
			[KOBRA_PT] = "%s não diz nem sim nem não; indique em \"true\" as palavras que significam sim.",
	[KOBRA_EN] = "%s says neither yes nor no; list the words that mean yes in \"true\"."}},
	[KOBRA_REASON_BAD_NUMBER] = {"bad_number", {
			[KOBRA_ES] = "%s no es un número.",
			[KOBRA_PT] = "%s não é um número.",
	[KOBRA_EN] = "%s is not a number."}},
	[KOBRA_REASON_OUT_OF_RANGE] = {"out_of_range", {
			[KOBRA_ES] = "%s está fuera de rango: la latitud va de -90 a 90, la longitud de -180 a 180.",
			[KOBRA_PT] = "%s está fora do intervalo: a latitude vai de -90 a 90, a longitude de -180 a 180.",
	[KOBRA_EN] = "%s is out of range: latitude is -90 to 90, longitude -180 to 180."}},
	[KOBRA_REASON_DUPLICATE] = {"duplicate", {
			[KOBRA_ES] = "%s ya está en el archivo, para el mismo deudor y la misma cuenta.",
			[KOBRA_PT] = "%s já está no arquivo, para o mesmo devedor e a mesma conta.",
	[KOBRA_EN] = "%s is in the file already, for the same debtor and account."}},
	[KOBRA_REASON_AMOUNT_BELOW_PAID] = {"amount_below_paid", {
			[KOBRA_ES] = "%s es menor que lo ya pagado o ajustado de la partida.",
			[KOBRA_PT] = "%s é menor do que o já pago ou ajustado do item.",
	[KOBRA_EN] = "%s is less than what is paid or adjusted of the item already."}},
	[KOBRA_REASON_BAD_DAYS] = {"bad_days", {
			[KOBRA_ES] = "%s no es un número entero de días, de 0 en adelante.",
			[KOBRA_PT] = "%s não é um número inteiro de dias, de 0 em diante.",
	[KOBRA_EN] = "%s is not a whole number of days, 0 or more."}},
	[KOBRA_REASON_OVERDUE_ABOVE_BALANCE] = {"overdue_above_balance", {
			[KOBRA_ES] = "%s es mayor que el saldo.",
			[KOBRA_PT] = "%s é maior do que o saldo.",
	[KOBRA_EN] = "%s is more than the balance."}},
	[KOBRA_REASON_OVERDUE_WITHOUT_DAYS] = {"overdue_without_days", {
			[KOBRA_ES] = "Hay saldo vencido y %s dice cero días.",
			[KOBRA_PT] = "Há saldo vencido e %s diz zero dias.",
	[KOBRA_EN] = "There is an overdue balance, and %s says zero days."}},
	[KOBRA_REASON_DAYS_WITHOUT_OVERDUE] = {"days_without_overdue", {
			[KOBRA_ES] = "%s dice que hay mora, pero el saldo vencido es cero.",
			[KOBRA_PT] = "%s diz que há atraso, mas o saldo vencido é zero.",
	[KOBRA_EN] = "%s says that the account is past due, and the overdue balance is zero."}},
	[KOBRA_REASON_STALE] = {"stale", {
			[KOBRA_ES] = "%s es anterior al último archivo de saldos de la cuenta.",
			[KOBRA_PT] = "%s é anterior ao último arquivo de saldos da conta.",
	[KOBRA_EN] = "%s is before the last file of balances of the account."}},
	[KOBRA_REASON_OTHER_FEED] = {"other_feed", {
			[KOBRA_ES] = "Lo adeudado de %s llega por otro tipo de archivo: partidas o saldos, no ambos.",
			[KOBRA_PT] = "O devido de %s chega por outro tipo de arquivo: itens ou saldos, não ambos.",
	[KOBRA_EN] = "What is owed on %s comes in another kind of file: items or balances, not both."}},
	[KOBRA_REASON_CONTROL_CHARACTER] = {"control_character", {
			[KOBRA_ES] = "%s contiene caracteres de control.",
			[KOBRA_PT] = "%s contém caracteres de controle.",
	[KOBRA_EN] = "%s contains control characters."}},
	[KOBRA_REASON_DOUBLE_ENCODED] = {"double_encoded", {
			[KOBRA_ES] = "%s está codificado dos veces (\"Ã±\" en lugar de \"ñ\"): cargue el archivo con su codificación.",
			[KOBRA_PT] = "%s está codificado duas vezes (\"Ã§\" em vez de \"ç\"): carregue o arquivo com a sua codificação.",
	[KOBRA_EN] = "%s is encoded twice (\"Ã±\" instead of \"ñ\"): load the file with its encoding."}},
	[KOBRA_REASON_NOT_POSITIVE] = {"not_positive", {
			[KOBRA_ES] = "%s no es mayor que cero: el dinero devuelto nombra en \"reverses\" el pago que anula.",
			[KOBRA_PT] = "%s não é maior que zero: o dinheiro devolvido indica em \"reverses\" o pagamento que estorna.",
	[KOBRA_EN] = "%s is not above zero: money that went back names in \"reverses\" the payment it reverses."}},
	[KOBRA_REASON_NOT_NEGATIVE] = {"not_negative", {
			[KOBRA_ES] = "%s no es negativo, y la fila anula un pago.",
			[KOBRA_PT] = "%s não é negativo, e a linha estorna um pagamento.",
	[KOBRA_EN] = "%s is not negative, and the row reverses a payment."}},
	[KOBRA_REASON_RESERVED] = {"reserved", {
			[KOBRA_ES] = "%s empieza como los números que da kobra (\"reversal:\", \"settled:\", \"charge:\").",
			[KOBRA_PT] = "%s começa como os números que o kobra dá (\"reversal:\", \"settled:\", \"charge:\").",
	[KOBRA_EN] = "%s begins like the numbers that kobra gives (\"reversal:\", \"settled:\", \"charge:\")."}},
	[KOBRA_REASON_CONFLICTING] = {"conflicting", {
			[KOBRA_ES] = "%s ya está registrado con otro importe, otra fecha u otra cuenta.",
			[KOBRA_PT] = "%s já está registrado com outro valor, outra data ou outra conta.",
	[KOBRA_EN] = "%s is recorded already with another amount, day or account."}},
	[KOBRA_REASON_ACCOUNT_CLOSED] = {"account_closed", {
			[KOBRA_ES] = "%s está cerrada o vendida y no recibe pagos.",
			[KOBRA_PT] = "%s está encerrada ou vendida e não recebe pagamentos.",
	[KOBRA_EN] = "%s is closed or sold and takes no payments."}},
	[KOBRA_REASON_UNKNOWN_PAYMENT] = {"unknown_payment", {
			[KOBRA_ES] = "%s nombra un pago que no está registrado.",
			[KOBRA_PT] = "%s indica um pagamento que não está registrado.",
	[KOBRA_EN] = "%s names a payment that is not recorded."}},
	[KOBRA_REASON_AMOUNT_DIFFERS] = {"amount_differs", {
			[KOBRA_ES] = "%s no es el importe del pago que se anula: un pago se anula entero.",
			[KOBRA_PT] = "%s não é o valor do pagamento estornado: um pagamento é estornado por inteiro.",
	[KOBRA_EN] = "%s is not the amount of the payment it reverses: a payment is reversed as a whole."}},
	[KOBRA_REASON_BEFORE_PAYMENT] = {"before_payment", {
			[KOBRA_ES] = "%s es anterior al día del pago que se anula.",
			[KOBRA_PT] = "%s é anterior ao dia do pagamento estornado.",
	[KOBRA_EN] = "%s is before the day of the payment it reverses."}},
	[KOBRA_REASON_BAD_TIME] = {"bad_time", {
			[KOBRA_ES] = "%s no es una fecha con hora en el formato indicado.",
			[KOBRA_PT] = "%s não é uma data com hora no formato indicado.",
	[KOBRA_EN] = "%s is not a date with a time of day in the stated format."}},
	[KOBRA_REASON_TOO_EARLY] = {"too_early", {
			[KOBRA_ES] = "%s es anterior a 1990.",
			[KOBRA_PT] = "%s é anterior a 1990.",
	[KOBRA_EN] = "%s is before 1990."}},
	[KOBRA_REASON_UNKNOWN_WORD] = {"unknown_word", {
			[KOBRA_ES] = "%s no es una de las palabras conocidas; indique en \"values\" qué significa.",
			[KOBRA_PT] = "%s não é uma das palavras conhecidas; indique em \"values\" o que significa.",
	[KOBRA_EN] = "%s is not one of the words known; say in \"values\" what it means."}},
	[KOBRA_REASON_UNKNOWN_DEBTOR] = {"unknown_debtor", {
			[KOBRA_ES] = "%s no es el número de ningún deudor del acreedor.",
			[KOBRA_PT] = "%s não é o número de nenhum devedor do credor.",
	[KOBRA_EN] = "%s is not the number of a debtor of the creditor."}},
	[KOBRA_REASON_UNKNOWN_ACCOUNT] = {"unknown_account", {
			[KOBRA_ES] = "%s no es una cuenta del deudor en la cartera.",
			[KOBRA_PT] = "%s não é uma conta do devedor na carteira.",
	[KOBRA_EN] = "%s is not an account of the debtor in the portfolio."}},
	[KOBRA_REASON_UNKNOWN_AGENCY] = {"unknown_agency", {
			[KOBRA_ES] = "%s no es una agencia conocida.",
			[KOBRA_PT] = "%s não é uma agência conhecida.",
	[KOBRA_EN] = "%s is not a known agency."}},
	[KOBRA_REASON_CHANGED] = {"changed", {
			[KOBRA_ES] = "%s ya está registrado con otro contenido.",
			[KOBRA_PT] = "%s já está registrado com outro conteúdo.",
	[KOBRA_EN] = "%s is recorded already with other contents."}},
};

char *
kobra_import_reason(ImportReason reason, const char *target)
{
	return psprintf("%s:%s", reasons[reason].code, target);
}

/*
 * reject_reason(reason text, language text default null) -> text
 */
PG_FUNCTION_INFO_V1(kobra_reject_reason);

Datum
kobra_reject_reason(PG_FUNCTION_ARGS)
{
	char	   *reason;
	char	   *target;
	KobraLanguage language;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	reason = text_to_cstring(PG_GETARG_TEXT_PP(0));
	language = kobra_language_of(PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)));

	target = strchr(reason, ':');
	for (int i = 0; target != NULL && i < lengthof(reasons); i++)
		if (strlen(reasons[i].code) == target - reason &&
			strncmp(reasons[i].code, reason, target - reason) == 0)
		{
			const char *sentence = reasons[i].sentences[language];

			sentence = pg_any_to_server(sentence, strlen(sentence), PG_UTF8);
			PG_RETURN_TEXT_P(cstring_to_text(psprintf(sentence, target + 1)));
		}

	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
			 errmsg("\"%s\" is not a reject reason", reason),
			 errhint("A reason is code:target, as in kobra.import_reject.reasons.")));
}
