/*
 * demo_core.c
 *		The file a lender would send, made up: the same rows for the same seed.
 *
 * Each number is drawn from a hash of what it is for (country, debtor, item,
 * purpose), so a row does not depend on those before it.  Names, streets and
 * neighbourhoods are common ones put together at random; points are scattered
 * around the centres of real cities.  Debtors pay in one of four ways, which is
 * what makes delays look like delays: promptly, slowly, hardly, not at all.
 *
 * About one row in four hundred has a defect of the kinds that real files have.
 */
#include "postgres.h"

#include <math.h>

#include "utils/datetime.h"

#include "portfolio/demo_core.h"

/* How a debtor pays: days after the due date, and the odds of paying at all. */
typedef struct Paying
{
	int			of_hundred;		/* debtors, cumulative */
	double		odds;			/* that an item is ever paid */
	double		mean_days;		/* after the due date */
	double		spread_days;
} Paying;

typedef struct City
{
	const char *name;
	const char *state;
	int			postal_code;
	double		lat;
	double		lon;
	const char *dial;
} City;

/* What a drawn number is for. */
typedef enum Purpose
{
	FOR_PAYING, FOR_CITY, FOR_SCALE, FOR_ITEMS, FOR_KIND, FOR_NAME, FOR_SURNAME, FOR_SURNAME2,
	FOR_STREET, FOR_NUMBER, FOR_DISTRICT, FOR_POSTAL, FOR_LAT, FOR_LAT2, FOR_LON, FOR_LON2,
	FOR_PHONE, FOR_EMAIL, FOR_OPENED, FOR_PRODUCT, FOR_AMOUNT, FOR_AMOUNT2, FOR_DAY, FOR_PAID,
	FOR_DELAY, FOR_DELAY2, FOR_DISPUTE, FOR_DEFECT, FOR_TAX_ID, FOR_NO_POINT, FOR_COMPANY
} Purpose;

static const Paying payings[] = {
	{58, 1.00, -1.0, 4.0},
	{83, 0.97, 18.0, 14.0},
	{94, 0.60, 70.0, 40.0},
	{100, 0.08, 60.0, 40.0},
};

static const char *const first_names[] = {
	"María", "José", "Guadalupe", "Juan", "Ana", "Luis", "Rosa", "Carlos", "Carmen", "Jorge",
	"Patricia", "Miguel", "Claudia", "Andrés", "Sofía", "Francisco", "Verónica", "Camilo",
	"Daniela", "Ricardo", "Paola", "Felipe", "Ximena", "Óscar", "Lucía", "Iván", "Gloria", "Raúl",
	"Beatriz", "Héctor", "Catalina", "Tomás"
};
static const char *const surnames[] = {
	"Hernández", "García", "Martínez", "López", "González", "Rodríguez", "Pérez", "Sánchez",
	"Ramírez", "Flores", "Gómez", "Díaz", "Muñoz", "Rojas", "Soto", "Contreras", "Vargas",
	"Castro", "Ortiz", "Morales", "Núñez", "Jiménez", "Ruiz", "Silva", "Sepúlveda", "Torres",
	"Peña", "Vega", "Cárdenas", "Fuentes", "Medina", "Guerrero"
};
static const char *const trades[] = {
	"Comercial", "Distribuidora", "Ferretería", "Abarrotes", "Transportes", "Panadería",
	"Constructora", "Farmacia", "Papelería", "Servicios"
};
static const char *const company_ends[DEMO_COUNTRIES] = {"S.A. de C.V.", "S.A.S.", "SpA"};
static const char *const streets[] = {
	"Av. Juárez", "Calle Hidalgo", "Av. Independencia", "Calle Morelos", "Av. Bolívar",
	"Calle Libertad", "Av. Las Palmas", "Calle Los Pinos", "Av. del Sol", "Calle Colón",
	"Av. San Martín", "Calle Victoria", "Av. Reforma", "Calle Las Flores", "Calle 5 de Mayo",
	"Av. Central"
};
static const char *const districts[] = {
	"Centro", "Las Américas", "San José", "La Esperanza", "Jardines", "El Prado", "Santa Rosa",
	"Villa Hermosa", "Los Álamos", "Bellavista", "La Florida", "San Antonio"
};
static const char *const products[] = {"tarjeta", "personal", "nomina", "auto", "linea"};
static const double product_scale[] = {1.0, 1.6, 0.9, 3.2, 0.4};

static const City cities[DEMO_COUNTRIES][5] = {
	{
		{"Ciudad de México", "CDMX", 3100, 19.4326, -99.1332, "+5255"},
		{"Guadalajara", "Jalisco", 44100, 20.6597, -103.3496, "+5233"},
		{"Monterrey", "Nuevo León", 64000, 25.6866, -100.3161, "+5281"},
		{"Puebla", "Puebla", 72000, 19.0414, -98.2063, "+52222"},
		{"Mérida", "Yucatán", 97000, 20.9674, -89.5926, "+52999"}
	},
	{
		{"Bogotá", "Bogotá D.C.", 110111, 4.7110, -74.0721, "+57310"},
		{"Medellín", "Antioquia", 50001, 6.2442, -75.5812, "+57300"},
		{"Cali", "Valle del Cauca", 760001, 3.4516, -76.5320, "+57315"},
		{"Barranquilla", "Atlántico", 80001, 10.9685, -74.7813, "+57301"},
		{"Bucaramanga", "Santander", 680001, 7.1193, -73.1227, "+57317"}
	},
	{
		{"Santiago", "Metropolitana", 8320000, -33.4489, -70.6693, "+569"},
		{"Valparaíso", "Valparaíso", 2340000, -33.0472, -71.6127, "+569"},
		{"Concepción", "Biobío", 4030000, -36.8201, -73.0444, "+569"},
		{"Antofagasta", "Antofagasta", 1240000, -23.6509, -70.3975, "+569"},
		{"Temuco", "La Araucanía", 4780000, -38.7359, -72.5904, "+569"}
	},
};

/* Median instalment, in units of the currency, and how the file writes money. */
static const struct
{
	double		median;
	int			decimals;
	char		point;
	char		group;
	const char *sign;
}			money[DEMO_COUNTRIES] = {
	{1450, 2, '.', ',', "$"},
	{310000, 2, ',', '.', ""},
	{72000, 0, ',', '.', "$ "},
};

#define COLUMNS_MAPPED \
	"\"columns\": {\"debtor\": \"cliente\", \"name\": \"nombre\", \"kind\": \"tipo_persona\"," \
	" \"tax_id\": \"identificacion\", \"phone\": \"telefono\", \"email\": \"correo\"," \
	" \"street\": \"calle\", \"district\": \"colonia\", \"city\": \"ciudad\", \"state\": \"estado\"," \
	" \"postal_code\": \"codigo_postal\", \"lat\": \"latitud\", \"lon\": \"longitud\"," \
	" \"account\": \"contrato\", \"product\": \"producto\", \"opened_on\": \"fecha_apertura\"," \
	" \"item\": \"documento\", \"issued_on\": \"fecha_emision\", \"due_on\": \"fecha_vencimiento\"," \
	" \"amount\": \"importe\", \"disputed\": \"disputado\", \"settled_on\": \"fecha_pago\"}"

const DemoPortfolio kobra_demo_portfolios[DEMO_COUNTRIES] = {
	{"demo-mx", "Demo Banco", "MXN", "MX", "America/Mexico_City",
		"{\"feed\": \"items\", " COLUMNS_MAPPED ", \"date_format\": \"DD/MM/YYYY\", \"decimal\": \".\","
	" \"true\": [\"Sí\"], \"constants\": {\"country\": \"MX\"}}"},
	{"demo-co", "Demo Crédito", "COP", "CO", "America/Bogota",
		"{\"feed\": \"items\", " COLUMNS_MAPPED ", \"date_format\": \"DD/MM/YYYY\", \"decimal\": \",\","
	" \"true\": [\"Sí\"], \"constants\": {\"country\": \"CO\"}}"},
	{"demo-cl", "Demo Tiendas", "CLP", "CL", "America/Santiago",
		"{\"feed\": \"items\", " COLUMNS_MAPPED ", \"date_format\": \"DD/MM/YYYY\", \"decimal\": \",\","
	" \"true\": [\"Sí\"], \"constants\": {\"country\": \"CL\"}}"},
};

/* The file's columns, in the order of the cells. */
typedef enum Column
{
	CLIENTE, NOMBRE, TIPO_PERSONA, IDENTIFICACION, TELEFONO, CORREO, CALLE, COLONIA, CIUDAD, ESTADO,
	CODIGO_POSTAL, LATITUD, LONGITUD, CONTRATO, PRODUCTO, FECHA_APERTURA, DOCUMENTO, FECHA_EMISION,
	FECHA_VENCIMIENTO, IMPORTE, DISPUTADO, FECHA_PAGO
} Column;

const char *const kobra_demo_columns[DEMO_COLUMNS] = {
	"cliente", "nombre", "tipo_persona", "identificacion", "telefono", "correo", "calle", "colonia",
	"ciudad", "estado", "codigo_postal", "latitud", "longitud", "contrato", "producto",
	"fecha_apertura", "documento", "fecha_emision", "fecha_vencimiento", "importe", "disputado",
	"fecha_pago"
};

#define PICK(list, number) (list)[(int) ((number) * lengthof(list))]

static void write_debtor(DemoFile *file);
static void write_item(DemoFile *file);
static void write_defect(DemoFile *file);
static void write_date(char *cell, int day);
static void write_money(char *cell, DemoCountry country, double amount);
static void write_ascii(char *to, const char *from, size_t size);
static double draw(const DemoFile *file, int item, Purpose purpose);
static double draw_normal(const DemoFile *file, int item, Purpose one, Purpose two);

void
kobra_demo_begin(DemoFile *file, DemoCountry country, int debtors, int as_of)
{
	memset(file, 0, sizeof(*file));
	file->country = country;
	file->debtors = debtors;
	file->as_of = as_of;
	file->debtor = -1;
}

/*
 * Write the next row; false after the last.
 */
bool
kobra_demo_next(DemoFile *file)
{
	if (file->debtor < 0 || ++file->item == file->items)
	{
		if (++file->debtor >= file->debtors)
			return false;
		file->item = 0;
		write_debtor(file);
	}
	file->row++;
	write_item(file);
	if (draw(file, file->item, FOR_DEFECT) < 0.0025)
		write_defect(file);
	return true;
}

/*
 * What is the same in all rows of a debtor.
 */
static void
write_debtor(DemoFile *file)
{
	double		number = draw(file, 0, FOR_PAYING) * 100;
	const City *city;
	const char *first = PICK(first_names, draw(file, 0, FOR_NAME));
	const char *last = PICK(surnames, draw(file, 0, FOR_SURNAME));
	const char *last2 = PICK(surnames, draw(file, 0, FOR_SURNAME2));
	bool		company = draw(file, 0, FOR_KIND) < 0.08;
	int			product = (int) (draw(file, 0, FOR_PRODUCT) * lengthof(products));
	char		mail[DEMO_TEXT];

	for (file->paying = 0; payings[file->paying].of_hundred <= number; file->paying++)
		 /* none */ ;
	/* the first city is the largest */
	file->city = Max(0, (int) (draw(file, 0, FOR_CITY) * 8) - 3);
	city = &cities[file->country][file->city];
	file->items = 2 + (int) (draw(file, 0, FOR_ITEMS) * 7);
	file->scale = exp(0.6 * draw_normal(file, 0, FOR_SCALE, FOR_COMPANY)) * product_scale[product] * (company ? 4 : 1);

	memset(file->cells, 0, sizeof(file->cells));
	snprintf(file->cells[CLIENTE], DEMO_TEXT, "%07d", 1000 + file->debtor * 7);
	if (company)
		snprintf(file->cells[NOMBRE], DEMO_TEXT, "%s %s %s", PICK(trades, draw(file, 0, FOR_COMPANY)),
				 last, company_ends[file->country]);
	else
		snprintf(file->cells[NOMBRE], DEMO_TEXT, "%s %s %s", first, last, last2);
	strlcpy(file->cells[TIPO_PERSONA], company ? "moral" : "física", DEMO_TEXT);
	snprintf(file->cells[IDENTIFICACION], DEMO_TEXT, "%09d", (int) (draw(file, 0, FOR_TAX_ID) * 999999999));
	snprintf(file->cells[TELEFONO], DEMO_TEXT, "%s%0*d", city->dial,
			 (int) ((file->country == DEMO_MX ? 13 : 12) - strlen(city->dial)),
			 (int) (draw(file, 0, FOR_PHONE) * (strlen(city->dial) == 4 ? 99999999 : 9999999)));
	if (draw(file, 0, FOR_EMAIL) < 0.7)
	{
		write_ascii(mail, company ? last : first, sizeof(mail));
		snprintf(file->cells[CORREO], DEMO_TEXT, "%s.%d@example.com", mail, file->debtor);
	}
	snprintf(file->cells[CALLE], DEMO_TEXT, "%s %d", PICK(streets, draw(file, 0, FOR_STREET)),
			 1 + (int) (draw(file, 0, FOR_NUMBER) * 2400));
	strlcpy(file->cells[COLONIA], PICK(districts, draw(file, 0, FOR_DISTRICT)), DEMO_TEXT);
	strlcpy(file->cells[CIUDAD], city->name, DEMO_TEXT);
	strlcpy(file->cells[ESTADO], city->state, DEMO_TEXT);
	snprintf(file->cells[CODIGO_POSTAL], DEMO_TEXT, "%0*d", file->country == DEMO_MX ? 5 : file->country == DEMO_CO ? 6 : 7,
			 city->postal_code + (int) (draw(file, 0, FOR_POSTAL) * 90));
	if (draw(file, 0, FOR_NO_POINT) > 0.06)
	{
		/* a few kilometres around the centre */
		snprintf(file->cells[LATITUD], DEMO_TEXT, "%.6f", city->lat + 0.03 * draw_normal(file, 0, FOR_LAT, FOR_LAT2));
		snprintf(file->cells[LONGITUD], DEMO_TEXT, "%.6f", city->lon + 0.03 * draw_normal(file, 0, FOR_LON, FOR_LON2));
	}
	snprintf(file->cells[CONTRATO], DEMO_TEXT, "%.3s-%06d", products[product], file->debtor);
	strlcpy(file->cells[PRODUCTO], products[product], DEMO_TEXT);
	write_date(file->cells[FECHA_APERTURA], file->as_of - 300 - (int) (draw(file, 0, FOR_OPENED) * 2400));
}

/*
 * What differs: one instalment a month, the last one still to fall due.
 */
static void
write_item(DemoFile *file)
{
	const Paying *paying = &payings[file->paying];
	int			cut = (int) (draw(file, 0, FOR_DAY) * 28);
	int			due = file->as_of + cut - 30 * (file->items - 1 - file->item);
	double		amount = money[file->country].median * file->scale *
	exp(0.25 * draw_normal(file, file->item, FOR_AMOUNT, FOR_AMOUNT2));
	int			paid = due + (int) rint(paying->mean_days +
										paying->spread_days * draw_normal(file, file->item, FOR_DELAY, FOR_DELAY2));

	snprintf(file->cells[DOCUMENTO], DEMO_TEXT, "%08d", file->debtor * 10 + file->item);
	write_date(file->cells[FECHA_EMISION], due - 30);
	write_date(file->cells[FECHA_VENCIMIENTO], due);
	write_money(file->cells[IMPORTE], file->country, amount);
	strlcpy(file->cells[DISPUTADO], draw(file, file->item, FOR_DISPUTE) < 0.02 ? "Sí" : "No", DEMO_TEXT);
	file->cells[FECHA_PAGO][0] = '\0';
	if (draw(file, file->item, FOR_PAID) < paying->odds && paid <= file->as_of)
		write_date(file->cells[FECHA_PAGO], Max(paid, due - 29));
}

/*
 * Spoil the row the way files are spoilt.
 */
static void
write_defect(DemoFile *file)
{
	switch (file->row % 6)
	{
		case 0:
			strlcpy(file->cells[FECHA_VENCIMIENTO], "31/02/2026", DEMO_TEXT);
			break;
		case 1:
			strlcpy(file->cells[IMPORTE], "N/D", DEMO_TEXT);
			break;
		case 2:
			strlcpy(file->cells[IMPORTE], "-350", DEMO_TEXT);
			break;
		case 3:
			file->cells[DOCUMENTO][0] = '\0';
			break;
		case 4:
			strlcpy(file->cells[LATITUD], "194.326", DEMO_TEXT);
			strlcpy(file->cells[LONGITUD], "-99", DEMO_TEXT);
			break;
		case 5:
			strlcpy(file->cells[FECHA_PAGO], "pendiente", DEMO_TEXT);
			break;
	}
}

static void
write_date(char *cell, int day)
{
	int			year,
				month,
				mday;

	j2date(day, &year, &month, &mday);
	snprintf(cell, DEMO_TEXT, "%02d/%02d/%04d", mday, month, year);
}

/*
 * As people of the country write it: $1,234.50, 1.234.567,00, $ 1.234.567.
 */
static void
write_money(char *cell, DemoCountry country, double amount)
{
	char		digits[32];
	int64		whole = (int64) rint(amount * (money[country].decimals ? 100 : 1));
	int			cents = money[country].decimals ? (int) (whole % 100) : 0;
	int			n;
	size_t		at;

	if (money[country].decimals)
		whole /= 100;
	n = snprintf(digits, sizeof(digits), "%lld", (long long) whole);
	at = strlcpy(cell, money[country].sign, DEMO_TEXT);
	for (int i = 0; i < n; i++)
	{
		if (i > 0 && (n - i) % 3 == 0)
			cell[at++] = money[country].group;
		cell[at++] = digits[i];
	}
	cell[at] = '\0';
	if (money[country].decimals)
		snprintf(cell + at, DEMO_TEXT - at, "%c%02d", money[country].point, cents);
}

/*
 * The letters of a name that an e-mail address can have, in lower case.
 */
static void
write_ascii(char *to, const char *from, size_t size)
{
	size_t		n = 0;

	for (; *from && n + 1 < size; from++)
	{
		unsigned char c = (unsigned char) *from;

		if (c < 0x80)
			to[n++] = (char) (c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	to[n] = '\0';
}

/*
 * A number in [0, 1) that depends on nothing but what it is for.
 */
static double
draw(const DemoFile *file, int item, Purpose purpose)
{
	uint64		hash = ((uint64) file->country << 56) ^ ((uint64) file->debtor << 20) ^
	((uint64) item << 8) ^ (uint64) purpose;

	/* two rounds of splitmix64 */
	for (int i = 0; i < 2; i++)
	{
		hash += UINT64CONST(0x9e3779b97f4a7c15);
		hash = (hash ^ (hash >> 30)) * UINT64CONST(0xbf58476d1ce4e5b9);
		hash = (hash ^ (hash >> 27)) * UINT64CONST(0x94d049bb133111eb);
		hash ^= hash >> 31;
	}
	return (double) (hash >> 11) / (double) (UINT64CONST(1) << 53);
}

static double
draw_normal(const DemoFile *file, int item, Purpose one, Purpose two)
{
	double		radius = sqrt(-2 * log(1 - draw(file, item, one)));

	return radius * cos(2 * M_PI * draw(file, item, two));
}
