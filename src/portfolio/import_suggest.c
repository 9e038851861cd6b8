/*
 * import_suggest.c
 *		A mapping proposed from a source's column names and contents.
 *
 * Names decide which column is what; contents decide how it is written, and
 * may disprove a name.  What is not recognised is left out: a wrong guess costs
 * more than a missing one.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "kobra.h"
#include "portfolio/import_source.h"

#define SAMPLE_ROWS 1000

/*
 * Names of columns as name_compact() makes them, the surest first.
 */
static const char *const synonyms[KOBRA_TARGETS] = {
	[KOBRA_TARGET_DEBTOR] = "debtor debtorid debtornumber debtorcode customerid customernumber customercode customer "
	"clientid clientnumber clientcode client deudor iddeudor deudorid codigodeudor numerodeudor idcliente clienteid "
	"numerocliente nrocliente nocliente numcliente codigocliente codcliente cliente devedor iddevedor codigodevedor",
	[KOBRA_TARGET_NAME] = "name debtorname customername clientname fullname nombre nombrecliente nombrecompleto "
	"nombredeudor clientenombre razonsocial nome nomecliente nomecompleto nomedevedor razaosocial",
	[KOBRA_TARGET_KIND] = "debtorkind debtortype customertype clienttype persontype tipopersona tipocliente tipodeudor "
	"tipopessoa tipodevedor",
	[KOBRA_TARGET_TAX_ID] = "taxid taxnumber vatnumber vatid rfc rut nit ruc cuit cuil dni curp cedula cpf cnpj cpfcnpj "
	"documentoidentidad numeroidentificacion identificacion",
	[KOBRA_TARGET_PHONE] = "phone phonenumber telephone mobile mobilephone cellphone cell telefono numerotelefono "
	"celular telefonocelular movil tel telefone fone",
	[KOBRA_TARGET_EMAIL] = "email emailaddress mail correo correoelectronico",
	[KOBRA_TARGET_STREET] = "street streetaddress address addressline1 address1 direccion domicilio calle endereco "
	"logradouro rua",
	[KOBRA_TARGET_DISTRICT] = "district neighborhood neighbourhood colonia barrio comuna bairro",
	[KOBRA_TARGET_CITY] = "city town municipality ciudad municipio localidad cidade",
	[KOBRA_TARGET_STATE] = "state province region estado provincia departamento uf",
	[KOBRA_TARGET_POSTAL_CODE] = "postalcode postcode zipcode zip codigopostal cp cep",
	[KOBRA_TARGET_COUNTRY] = "country countrycode pais codigopais",
	[KOBRA_TARGET_LAT] = "lat latitude latitud",
	[KOBRA_TARGET_LON] = "lon lng longitude longitud",
	[KOBRA_TARGET_ACCOUNT] = "account accountid accountnumber contract contractid contractnumber loanid loannumber "
	"cuenta idcuenta numerocuenta contrato idcontrato numerocontrato numerocredito credito prestamo conta numeroconta",
	[KOBRA_TARGET_PRODUCT] = "product productcode producttype producto codigoproducto tipoproducto produto "
	"codigoproduto tipoproduto",
	[KOBRA_TARGET_OPENED_ON] = "openedon openeddate opendate openingdate originationdate fechaapertura fechaalta "
	"fechaotorgamiento dataabertura datacontratacao",
	[KOBRA_TARGET_ITEM] = "item itemid itemnumber invoice invoicenumber invoiceid documentnumber documentid factura "
	"idfactura numerofactura nrofactura numfactura folio numerodocumento partida numerocuota fatura idfatura "
	"numerofatura notafiscal numeronota titulo numerotitulo documento",
	[KOBRA_TARGET_ITEM_KIND] = "itemkind itemtype concept concepto tipoconcepto tipopartida conceito tipoitem",
	[KOBRA_TARGET_ISSUED_ON] = "issuedon issuedate issueddate invoicedate documentdate fechaemision fechafactura "
	"fechadocumento emision dataemissao datafatura emissao",
	[KOBRA_TARGET_DUE_ON] = "dueon duedate due maturitydate fechavencimiento vencimiento fechavto vence vto datavencimento "
	"vencimento",
	[KOBRA_TARGET_AMOUNT] = "amount invoiceamount originalamount totalamount total importe importetotal importefactura "
	"monto montototal montofactura valor valortotal valorfatura",
	[KOBRA_TARGET_CURRENCY] = "currency currencycode moneda codigomoneda divisa moeda",
	[KOBRA_TARGET_DISPUTED] = "disputed isdisputed indispute dispute disputada disputado endisputa contestada "
	"contestado emdisputa",
	[KOBRA_TARGET_SETTLED_ON] = "settledon settleddate settlementdate paidon paiddate paymentdate fechapago "
	"fechaliquidacion fechacancelacion datapagamento dataliquidacao",
	[KOBRA_TARGET_BALANCE] = "balance currentbalance totalbalance outstandingbalance outstanding balancedue amountowed "
	"saldo saldototal saldoactual saldodeudor saldoinsoluto saldocapital saldoadeudado deudatotal deuda saldoatual "
	"saldodevedor divida",
	[KOBRA_TARGET_OVERDUE] = "overdue amountoverdue overdueamount overduebalance pastdue pastdueamount amountpastdue arrears "
	"saldovencido montovencido importevencido deudavencida vencido enmora saldomora montomora saldoenmora valorvencido "
	"valoratraso emaberto",
	[KOBRA_TARGET_DAYS_PAST_DUE] = "dayspastdue dpd daysoverdue overduedays dayslate dayspast diasmora diasdemora "
	"diasenmora diasatraso diasvencido diasvencidos diasvencida diasematraso atraso mora",
	[KOBRA_TARGET_AS_OF] = "as asdate filedate balancedate reportdate snapshotdate cutoffdate fechacorte fechasaldo "
	"fechaarchivo fechareporte corte database datasaldo datacorte datareferencia datarelatorio",
	[KOBRA_TARGET_PAYMENT] = "payment paymentid paymentnumber receipt receiptnumber receiptid transaction transactionid "
	"transactionnumber operationid operationnumber movementid tracenumber pago idpago pagoid numeropago nropago folio foliopago recibo "
	"numerorecibo comprobante numerocomprobante transaccion idtransaccion numerotransaccion operacion idoperacion "
	"numerooperacion movimiento idmovimiento claverastreo pagamento idpagamento transacao idtransacao autenticacao",
	[KOBRA_TARGET_PAID_ON] = "paidon paiddate paymentdate valuedate transactiondate operationdate postingdate date fechapago "
	"fechaoperacion fechavalor fechatransaccion fechamovimiento fechaabono fecha datapagamento datatransacao "
	"datamovimento data",
	[KOBRA_TARGET_REVERSES] = "reverses reversedpayment reversedpaymentid originalpayment originaltransaction pagoreversado "
	"pagoanulado pagoreversa anula reversa transaccionoriginal pagamentoestornado estorna transacaooriginal",
	[KOBRA_TARGET_PAYER_NAME] = "payername payer paidby sender sendername remitter ordenante nombreordenante pagador "
	"nombrepagador remitente depositante nomepagador remetente name nombre nome",
	[KOBRA_TARGET_PAYER_TAX_ID] = "payertaxid rfcordenante rutordenante rutpagador nitpagador cpfpagador cnpjpagador "
	"documentopagador taxid rfc rut nit ruc cuit cpf cnpj",
	[KOBRA_TARGET_PAYER_ACCOUNT] = "payeraccount senderaccount originaccount iban clabe cuentaordenante cuentaorigen "
	"cuentapagador clabeordenante contaorigem contapagador",
	[KOBRA_TARGET_REFERENCE] = "reference paymentreference remittanceinformation concept description memo narrative "
	"referencia concepto descripcion glosa leyenda detalle conceito descricao historico",
	[KOBRA_TARGET_MEANS] = "means paymentmethod method paymenttype channel mediopago formapago metodopago tipopago canal "
	"canalpago meiopagamento formapagamento tipopagamento",
};

/* The amount of what was paid is called this before what it is called of items. */
static const char *const paid_amounts = "amountpaid paidamount paymentamount importepagado montopagado importepago montopago "
"valorpagado valorpago abono deposito credito ";

static const char *const stop_words[] = {"de", "del", "la", "el", "do", "da", "of", "the"};

/* More usual ones first; each also with a time of day. */
static const char *const date_formats[] = {
	"YYYY-MM-DD", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MM-YYYY", "MM-DD-YYYY", "DD.MM.YYYY", "YYYY/MM/DD",
	"YYYYMMDD", "DD/MM/YY", "MM/DD/YY", "DD-MM-YY", "DD-MON-YYYY", "DD-MON-YY", "DD/MON/YYYY", "DD MON YYYY",
	"MON DD, YYYY"
};
static const char *const time_formats[] = {"", " HH24:MI:SS", " HH24:MI", "THH24:MI:SS"};

static const ImportTarget date_targets[] = {
	KOBRA_TARGET_OPENED_ON, KOBRA_TARGET_ISSUED_ON, KOBRA_TARGET_DUE_ON, KOBRA_TARGET_SETTLED_ON,
	KOBRA_TARGET_AS_OF, KOBRA_TARGET_PAID_ON
};

typedef struct Suggestion
{
	ImportMapping mapping;		/* of it only the fields' columns */
	Jsonb	  **rows;
	int			n;
	char	   *date_format;	/* NULL when no column needs it */
	const char *decimal;
} Suggestion;

static void suggest_columns(Suggestion *suggestion, List *columns);
static bool names_payments(List *columns);
static char *find_column(List *columns, const char *names, const ImportMapping *taken);
static void name_compact(const char *name, char *compact);
static void suggest_feed(Suggestion *suggestion);
static void suggest_sample(Suggestion *suggestion, Oid source);
static void suggest_dates(Suggestion *suggestion);
static int	dates_fit(const Suggestion *suggestion, ImportTarget target, const ImportDateFormat *format, int *values);
static int	dates_in_order(const Suggestion *suggestion, const ImportDateFormat *format);
static void suggest_decimal(Suggestion *suggestion);
static int	amounts_fit(const Suggestion *suggestion, char decimal);
static void suggest_disprove(Suggestion *suggestion);
static bool is_country(ImportText text);
static bool is_number(ImportText text);
static bool is_flag(ImportText text);
static bool all_values(const Suggestion *suggestion, ImportTarget target, bool (*good) (ImportText));
static void drop(Suggestion *suggestion, ImportTarget target);
static Jsonb *suggestion_json(const Suggestion *suggestion);
static void push(JsonbParseState **state, JsonbIteratorToken token, const char *text);

/*
 * suggest_mapping(source regclass) -> jsonb
 */
PG_FUNCTION_INFO_V1(kobra_suggest_mapping);

Datum
kobra_suggest_mapping(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			source = PG_GETARG_OID(0);
	Suggestion	suggestion = {0};
	Jsonb	   *json;

	suggest_columns(&suggestion, kobra_import_source_columns(source));
	suggest_feed(&suggestion);
	kobra_import_mapping_dates(&suggestion.mapping, kobra_import_source_dates(source));

	SPI_connect();
	suggest_sample(&suggestion, source);
	suggest_dates(&suggestion);
	suggest_decimal(&suggestion);
	suggest_disprove(&suggestion);
	MemoryContextSwitchTo(caller);
	json = suggestion_json(&suggestion);
	SPI_finish();
	PG_RETURN_JSONB_P(json);
}

static void
suggest_columns(Suggestion *suggestion, List *columns)
{
	int			feeds = KOBRA_FEED_BIT(KOBRA_FEED_PAYMENTS);
	int			others = feeds | KOBRA_FEED_BIT(KOBRA_FEED_CONTACTS);

	if (names_payments(columns))
		suggestion->mapping.feed = KOBRA_FEED_PAYMENTS;
	else
		feeds = ~others;
	for (int i = 0; i < KOBRA_TARGETS; i++)
	{
		ImportField *field = &suggestion->mapping.fields[i];

		if (!(kobra_import_targets[i].feeds & feeds))
			continue;
		field->column = find_column(columns, i == KOBRA_TARGET_AMOUNT && feeds > 0 ?
									psprintf("%s%s", paid_amounts, synonyms[i]) : synonyms[i], &suggestion->mapping);
		if (field->column != NULL)
			field->name = kobra_import_targets[i].name;
	}
}

/*
 * Payments have a number and a day, and fall due on none; a file of items may
 * have both as well.
 */
static bool
names_payments(List *columns)
{
	static const ImportTarget others[] = {
		KOBRA_TARGET_DUE_ON, KOBRA_TARGET_ISSUED_ON, KOBRA_TARGET_BALANCE, KOBRA_TARGET_DISPUTED
	};
	ImportMapping none = {0};

	for (int i = 0; i < lengthof(others); i++)
		if (find_column(columns, synonyms[others[i]], &none) != NULL)
			return false;
	return find_column(columns, synonyms[KOBRA_TARGET_PAYMENT], &none) != NULL &&
		find_column(columns, synonyms[KOBRA_TARGET_PAID_ON], &none) != NULL;
}

/*
 * The column with the surest of the names that no target has yet.
 */
static char *
find_column(List *columns, const char *names, const ImportMapping *taken)
{
	while (*names != '\0')
	{
		int			length = strcspn(names, " ");
		ListCell   *cell;

		foreach(cell, columns)
		{
			char	   *column = lfirst(cell);
			char		compact[NAMEDATALEN];
			bool		free = true;

			name_compact(column, compact);
			if (strlen(compact) != length || strncmp(compact, names, length) != 0)
				continue;
			for (int i = 0; i < KOBRA_TARGETS; i++)
				if (taken->fields[i].column != NULL && strcmp(taken->fields[i].column, column) == 0)
					free = false;
			if (free)
				return column;
		}
		names += length + strspn(names + length, " ");
	}
	return NULL;
}

/*
 * customerID, customer_id and "Customer Id" are one; "Fecha de vencimiento" is
 * fechavencimiento.
 */
static void
name_compact(const char *name, char *compact)
{
	char		spaced[2 * NAMEDATALEN];
	char		folded[2 * NAMEDATALEN];
	ImportText	text = {spaced, 0};
	char	   *rest = folded;
	char	   *word;
	char	   *out = compact;

	/* a file's byte order mark is no part of a name */
	if (strncmp(name, "\xEF\xBB\xBF", 3) == 0)
		name += 3;
	for (; *name != '\0'; name++)
	{
		bool		hump = *name >= 'A' && *name <= 'Z' && text.length > 0 &&
		spaced[text.length - 1] >= 'a' && spaced[text.length - 1] <= 'z';

		if (hump)
			spaced[text.length++] = ' ';
		spaced[text.length++] = *name;
	}
	kobra_import_fold(text, folded, sizeof(folded));
	for (char *c = folded; *c != '\0'; c++)
		if (!IS_HIGHBIT_SET(*c) && !(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9'))
			*c = ' ';
	compact[0] = '\0';
	while ((word = strsep(&rest, " ")) != NULL)
	{
		bool		stop = false;

		for (int i = 0; i < lengthof(stop_words); i++)
			stop = stop || strcmp(stop_words[i], word) == 0;
		if (!stop)
			out = stpcpy(out, word);
	}
}

/*
 * A file with balances and without items is of balances.
 */
static void
suggest_feed(Suggestion *suggestion)
{
	ImportMapping *mapping = &suggestion->mapping;

	if (mapping->fields[KOBRA_TARGET_BALANCE].name != NULL && mapping->fields[KOBRA_TARGET_ITEM].name == NULL)
		mapping->feed = KOBRA_FEED_BALANCES;
	for (int i = 0; i < KOBRA_TARGETS; i++)
		if (!(kobra_import_targets[i].feeds & KOBRA_FEED_BIT(mapping->feed)))
			drop(suggestion, i);
}

static void
suggest_sample(Suggestion *suggestion, Oid source)
{
	char	   *sql = psprintf("SELECT pg_catalog.to_jsonb(s.*) FROM %s s LIMIT %d",
							   kobra_import_source_name(source), SAMPLE_ROWS);
	int			guc_level = NewGUCNestLevel();

	(void) set_config_option("synchronize_seqscans", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	if (SPI_execute(sql, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the source");
	AtEOXact_GUC(false, guc_level);
	suggestion->n = (int) SPI_processed;
	suggestion->rows = palloc(sizeof(Jsonb *) * (suggestion->n + 1));
	for (int i = 0; i < suggestion->n; i++)
	{
		bool		isnull;

		suggestion->rows[i] = DatumGetJsonbP(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc,
														   1, &isnull));
	}
}

/*
 * The one format that reads most values of the date columns; when several do,
 * the one under which most items are issued before they fall due.  A column of
 * which it does not read half is no date.
 */
static void
suggest_dates(Suggestion *suggestion)
{
	const ImportField *fields = suggestion->mapping.fields;
	ImportDateFormat chosen;
	int			best = 0;
	int			best_ordered = 0;

	kobra_import_date_compile(date_formats[0], &chosen);
	for (int i = 0; i < lengthof(date_formats) * lengthof(time_formats); i++)
	{
		char	   *pattern = psprintf("%s%s", date_formats[i % lengthof(date_formats)],
									   time_formats[i / lengthof(date_formats)]);
		ImportDateFormat format;
		int			values = 0;
		int			fit = 0;
		int			ordered;

		kobra_import_date_compile(pattern, &format);
		for (int d = 0; d < lengthof(date_targets); d++)
			fit += dates_fit(suggestion, date_targets[d], &format, &values);
		ordered = dates_in_order(suggestion, &format);
		if (fit > best || (fit == best && ordered > best_ordered))
		{
			best = fit;
			best_ordered = ordered;
			chosen = format;
			suggestion->date_format = pattern;
		}
	}
	for (int d = 0; d < lengthof(date_targets); d++)
	{
		int			values = 0;
		int			fit = dates_fit(suggestion, date_targets[d], &chosen, &values);

		if (fields[date_targets[d]].name != NULL && 2 * fit < values)
			drop(suggestion, date_targets[d]);
	}
}

/*
 * How many values of a column the format reads; adds to how many there are.
 */
static int
dates_fit(const Suggestion *suggestion, ImportTarget target, const ImportDateFormat *format, int *values)
{
	int			fit = 0;

	if (suggestion->mapping.fields[target].iso)
		return 0;
	for (int i = 0; i < suggestion->n; i++)
	{
		ImportText	text;
		int32		days;

		if (!kobra_import_row_text(&suggestion->mapping, suggestion->rows[i], target, &text))
			continue;
		(*values)++;
		fit += kobra_import_date_parse(format, text, &days);
	}
	return fit;
}

static int
dates_in_order(const Suggestion *suggestion, const ImportDateFormat *format)
{
	int			ordered = 0;

	for (int i = 0; i < suggestion->n; i++)
	{
		ImportText	issued;
		ImportText	due;
		int32		issued_on;
		int32		due_on;

		if (kobra_import_row_text(&suggestion->mapping, suggestion->rows[i], KOBRA_TARGET_ISSUED_ON, &issued) &&
			kobra_import_row_text(&suggestion->mapping, suggestion->rows[i], KOBRA_TARGET_DUE_ON, &due) &&
			kobra_import_date_parse(format, issued, &issued_on) &&
			kobra_import_date_parse(format, due, &due_on))
			ordered += issued_on <= due_on;
	}
	return ordered;
}

static void
suggest_decimal(Suggestion *suggestion)
{
	int			points;
	int			commas;

	ImportTarget sum = kobra_import_feeds[suggestion->mapping.feed].sum;

	suggestion->decimal = ".";
	if (suggestion->mapping.fields[sum].name == NULL)
		return;
	points = amounts_fit(suggestion, '.');
	commas = amounts_fit(suggestion, ',');
	if (points == 0 && commas == 0 && suggestion->n > 0)
		drop(suggestion, sum);
	else if (commas > points)
		suggestion->decimal = ",";
}

/*
 * How many amounts can be read; three decimals speak for the other mark.
 */
static int
amounts_fit(const Suggestion *suggestion, char decimal)
{
	int			fit = 0;

	ImportTarget sum = kobra_import_feeds[suggestion->mapping.feed].sum;

	for (int i = 0; i < suggestion->n; i++)
	{
		ImportText	text;
		ImportNumber number;
		const char *point;

		if (!kobra_import_row_text(&suggestion->mapping, suggestion->rows[i], sum, &text) ||
			!kobra_import_number(text, decimal, &number))
			continue;
		point = strchr(number.decimal, '.');
		fit += point == NULL || strlen(point + 1) <= 2;
	}
	return fit;
}

static void
suggest_disprove(Suggestion *suggestion)
{
	ImportField *fields = suggestion->mapping.fields;

	if (!all_values(suggestion, KOBRA_TARGET_COUNTRY, is_country))
		drop(suggestion, KOBRA_TARGET_COUNTRY);
	if (!all_values(suggestion, KOBRA_TARGET_DISPUTED, is_flag))
		drop(suggestion, KOBRA_TARGET_DISPUTED);
	if (!all_values(suggestion, KOBRA_TARGET_DAYS_PAST_DUE, is_number))
		drop(suggestion, KOBRA_TARGET_DAYS_PAST_DUE);
	if (!all_values(suggestion, KOBRA_TARGET_OVERDUE, is_number) || fields[KOBRA_TARGET_DAYS_PAST_DUE].name == NULL)
		drop(suggestion, KOBRA_TARGET_OVERDUE);
	if (fields[KOBRA_TARGET_LAT].name == NULL || fields[KOBRA_TARGET_LON].name == NULL)
	{
		drop(suggestion, KOBRA_TARGET_LAT);
		drop(suggestion, KOBRA_TARGET_LON);
	}
}

/*
 * Codes of two or three letters and names, not numbers.
 */
static bool
is_country(ImportText text)
{
	return text.data[0] < '0' || text.data[0] > '9';
}

static bool
is_number(ImportText text)
{
	ImportNumber number;

	return kobra_import_number(text, '.', &number) || kobra_import_number(text, ',', &number);
}

static bool
is_flag(ImportText text)
{
	return kobra_import_flag(text) != KOBRA_FLAG_UNKNOWN;
}

static bool
all_values(const Suggestion *suggestion, ImportTarget target, bool (*good) (ImportText))
{
	for (int i = 0; i < suggestion->n; i++)
	{
		ImportText	text;

		if (kobra_import_row_text(&suggestion->mapping, suggestion->rows[i], target, &text) && !good(text))
			return false;
	}
	return true;
}

static void
drop(Suggestion *suggestion, ImportTarget target)
{
	memset(&suggestion->mapping.fields[target], 0, sizeof(ImportField));
}

static Jsonb *
suggestion_json(const Suggestion *suggestion)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push(&state, WJB_KEY, "feed");
	push(&state, WJB_VALUE, kobra_import_feeds[suggestion->mapping.feed].name);
	push(&state, WJB_KEY, "columns");
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < KOBRA_TARGETS; i++)
	{
		if (suggestion->mapping.fields[i].name == NULL)
			continue;
		push(&state, WJB_KEY, suggestion->mapping.fields[i].name);
		push(&state, WJB_VALUE, suggestion->mapping.fields[i].column);
	}
	pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	push(&state, WJB_KEY, "decimal");
	push(&state, WJB_VALUE, suggestion->decimal);
	if (suggestion->date_format != NULL)
	{
		push(&state, WJB_KEY, "date_format");
		push(&state, WJB_VALUE, suggestion->date_format);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

static void
push(JsonbParseState **state, JsonbIteratorToken token, const char *text)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	pushJsonbValue(state, token, &value);
}
