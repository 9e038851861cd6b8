/*
 * image.c
 *		The row images of an entry, column by column.
 *
 * The bytes may be anybody's: whatever does not fit the shape exactly is no
 * image.
 */
#include "postgres.h"

#include "audit/image.h"

static bool read_part(const KobraShape *shape, bool personal, const uint8 **at, const uint8 *end, KobraCell *cells);
static void hide_part(const KobraShape *shape, KobraCell *cells);

bool
kobra_operation_on_row(uint8 operation)
{
	return operation == KOBRA_OP_INSERT || operation == KOBRA_OP_UPDATE ||
		operation == KOBRA_OP_DELETE || operation == KOBRA_OP_BASELINE;
}

bool
kobra_images_read(const KobraEntry *entry, const KobraShape *shape, KobraImages *images)
{
	bool		personal = false;
	KobraCell  *cells[2];
	int			n = 0;
	const uint8 *at;
	const uint8 *end;

	images->old = images->new = NULL;
	if (!kobra_operation_on_row(entry->operation))
		return false;
	if (entry->operation == KOBRA_OP_DELETE || entry->operation == KOBRA_OP_UPDATE)
		cells[n++] = images->old = palloc(sizeof(KobraCell) * Max(shape->ncolumns, 1));
	if (entry->operation != KOBRA_OP_DELETE)
		cells[n++] = images->new = palloc(sizeof(KobraCell) * Max(shape->ncolumns, 1));

	for (int i = 0; i < shape->ncolumns; i++)
		personal |= shape->columns[i].personal;
	if (personal != entry->has_personal)
		return false;

	at = entry->open;
	end = entry->open + entry->open_length;
	for (int i = 0; i < n; i++)
		if (!read_part(shape, false, &at, end, cells[i]))
			return false;
	if (at != end)
		return false;

	if (!personal)
		return true;
	if (entry->redacted)
	{
		for (int i = 0; i < n; i++)
			hide_part(shape, cells[i]);
		return true;
	}
	at = entry->personal + KOBRA_SALT_SIZE;
	end = entry->personal + entry->personal_length;
	for (int i = 0; i < n; i++)
		if (!read_part(shape, true, &at, end, cells[i]))
			return false;
	return at == end;
}

static bool
read_part(const KobraShape *shape, bool personal, const uint8 **at, const uint8 *end, KobraCell *cells)
{
	for (int i = 0; i < shape->ncolumns; i++)
	{
		if (shape->columns[i].personal == personal &&
			!kobra_image_next(at, end, &cells[i].bytes, &cells[i].length))
			return false;
	}
	return true;
}

static void
hide_part(const KobraShape *shape, KobraCell *cells)
{
	for (int i = 0; i < shape->ncolumns; i++)
	{
		if (shape->columns[i].personal)
			cells[i] = kobra_cell(NULL, KOBRA_CELL_UNKNOWN);
	}
}

bool
kobra_cell_equal(const KobraCell *x, const KobraCell *y)
{
	return x->length == y->length && (x->length <= 0 || memcmp(x->bytes, y->bytes, x->length) == 0);
}
