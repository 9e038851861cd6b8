/*
 * import_core.h
 *		What a file's text means: numbers, flags, words.
 *
 * Pure: no fmgr, no SPI, no memory but what is handed in.  Text is in the
 * server's encoding; spellings beyond ASCII are understood in UTF-8.
 */
#ifndef KOBRA_IMPORT_CORE_H
#define KOBRA_IMPORT_CORE_H

/* A piece of text, not terminated. */
typedef struct ImportText
{
	const char *data;
	int			length;
} ImportText;

/* Digits, a sign and a point of the longest number, terminated. */
#define KOBRA_IMPORT_NUMBER_SIZE 64

typedef struct ImportNumber
{
	char		decimal[KOBRA_IMPORT_NUMBER_SIZE];	/* as numeric_in() reads
													 * it, no trailing zeros */
	bool		negative;		/* below zero */
	char		currency[4];	/* code the sign or word stands for, or "" */
} ImportNumber;

typedef enum ImportFlag
{
	KOBRA_FLAG_FALSE,
	KOBRA_FLAG_TRUE,
	KOBRA_FLAG_UNKNOWN
} ImportFlag;

/*
 * What is taken off both ends of every value: white space, with the no-break
 * space, and the byte order mark that some programs put before a file.
 */
#define KOBRA_IMPORT_BLANKS " \t\r\n\f\v\xC2\xA0\xEF\xBB\xBF"

extern ImportText kobra_import_trim(ImportText text);

/*
 * Lower case without accents, for comparing words; terminated.  Returns its
 * length, or -1 when "size" is too small.
 */
extern int	kobra_import_fold(ImportText text, char *folded, int size);

/* Control characters; those that break lines only when "lines" are counted. */
extern bool kobra_import_controls(ImportText text, bool lines);

/*
 * Whether UTF-8 was taken for Latin-1 or Windows-1252 and encoded once more:
 * each character stands for one byte, and the bytes are UTF-8 beyond ASCII.
 */
extern bool kobra_import_double_encoded(ImportText text);

/*
 * A number with the given decimal mark ('.' or ','), perhaps with thousands
 * separators in strict groups of three, a currency sign or code, a sign in
 * front, behind or as parentheses, or an exponent.
 */
extern bool kobra_import_number(ImportText text, char decimal, ImportNumber *number);

/* Yes and no in Spanish, Portuguese and English. */
extern ImportFlag kobra_import_flag(ImportText text);

/* "person" or "company" when the word stands for one of them, else NULL. */
extern const char *kobra_import_debtor_kind(ImportText text);

#endif
