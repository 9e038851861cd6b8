/*
 * image.h
 *		The row images of an entry, column by column.
 */
#ifndef KOBRA_IMAGE_H
#define KOBRA_IMAGE_H

#include "audit/shape.h"

/* What stands for a length where there are no bytes. */
#define KOBRA_CELL_NULL (-1)
#define KOBRA_CELL_UNKNOWN (-2) /* redacted, or not comparable */

/* A column's bytes, in the entry. */
typedef struct KobraCell
{
	const uint8 *bytes;
	int32		length;
} KobraCell;

/* In the order of the shape's columns; NULL when the entry has no such image. */
typedef struct KobraImages
{
	KobraCell  *old;
	KobraCell  *new;
} KobraImages;

/* Whether the operation is one on a row. */
extern bool kobra_operation_on_row(uint8 operation);

/*
 * Read the images; false when the bytes are not images of that shape, or the
 * operation has none.
 */
extern bool kobra_images_read(const KobraEntry *entry, const KobraShape *shape, KobraImages *images);

static inline KobraCell
kobra_cell(const void *bytes, int32 length)
{
	KobraCell	cell = {bytes, length};

	return cell;
}

extern bool kobra_cell_equal(const KobraCell *x, const KobraCell *y);

#endif
