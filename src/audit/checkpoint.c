/*
 * checkpoint.c
 *		Signed statements of the log's size and root, to be kept elsewhere.
 *
 * A checkpoint is worth what the place is worth that keeps it: whoever holds one
 * can tell any later change of what was sealed by then.  Before one is signed,
 * the log must still be an extension of the one signed last: two checkpoints
 * that contradict one another are never made here.
 *
 * The key is a file that only the server's user can read, outside the data
 * directory, or is not on this machine at all: then somebody signs what
 * audit_checkpoint_text() says and brings the note back.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "common/file_utils.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "audit/checkpoint.h"
#include "audit/log.h"
#include "audit/note_core.h"
#include "audit/tree.h"
#include "authorize.h"
#include "kobra.h"
#include "plan.h"
#include "settings.h"

/* A private key in PEM is a few hundred bytes. */
#define KEY_FILE_MOST 8192

/* The keys of a note are few; the newest count. */
#define KEYS_MOST 64

static KobraPlan block_plan = {
	"SELECT b.tree_size, b.root, b.xmin FROM kobra.audit_block b ORDER BY b.block_no DESC LIMIT 1",
	0, {0}
};

static KobraPlan block_of_plan = {
	"SELECT b.root, b.xmin FROM kobra.audit_block b WHERE b.tree_size = $1",
	1, {INT8OID}
};

static KobraPlan last_plan = {
	"SELECT c.tree_size, c.root, c.note FROM kobra.audit_checkpoint c ORDER BY c.tree_size DESC LIMIT 1",
	0, {0}
};

static KobraPlan keys_plan = {
	"SELECT k.key FROM kobra.audit_key k WHERE $1 OR k.retired_at IS NULL ORDER BY k.audit_key_id DESC",
	1, {BOOLOID},.reader = true
};

static KobraPlan add_key_plan = {
	"INSERT INTO kobra.audit_key (key, reason) SELECT $1, $2"
	" WHERE NOT EXISTS (SELECT FROM kobra.audit_key k WHERE k.key = $1 AND k.retired_at IS NULL)",
	2, {TEXTOID, TEXTOID}
};

static KobraPlan store_plan = {
	"INSERT INTO kobra.audit_checkpoint (tree_size, root, note) VALUES ($1, $2, $3)"
	" ON CONFLICT (tree_size) DO UPDATE SET note = EXCLUDED.note",
	3, {INT8OID, BYTEAOID, TEXTOID}
};

static KobraPlan exported_plan = {
	"UPDATE kobra.audit_checkpoint SET exported_at = clock_timestamp() WHERE tree_size = $1",
	1, {INT8OID}
};

static bool latest(KobraCheckpoint *checkpoint, char *origin);
static void check_committed(int column);
static void check_extends(const KobraCheckpoint *checkpoint);
static char *sign_checkpoint(const KobraCheckpoint *checkpoint);
static char *read_key_file(void);
static void store_checkpoint(const KobraCheckpoint *checkpoint, const char *note);
static void export_checkpoint(const KobraCheckpoint *checkpoint, const char *note);
static int	read_keys(KobraNoteKey *keys, bool retired);
static void parse_key(const char *written, KobraNoteKey *key);
static bool own_key(KobraBytes name, KobraNoteKey *key);
pg_noreturn static void refuse_damaged(const char *what);
static void lock_checkpoints(void);
pg_noreturn static void refuse_note(const char *why);

/*
 * audit_checkpoint() -> text
 */
PG_FUNCTION_INFO_V1(kobra_audit_checkpoint);

Datum
kobra_audit_checkpoint(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	KobraCheckpoint checkpoint;
	char		origin[KOBRA_NOTE_NAME + 1];
	char	   *note = NULL;
	KobraOwner	saved;

	kobra_authorize("make checkpoints of the log", KOBRA_NO_DEBTOR);
	SPI_connect();
	kobra_owner_enter(&saved);
	lock_checkpoints();
	if (latest(&checkpoint, origin))
	{
		bool		isnull;

		if (kobra_plan_run(&last_plan, NULL, NULL) > 0 && (uint64) kobra_plan_int64(0, 1) == checkpoint.size)
			note = TextDatumGetCString(kobra_plan_value(0, 3, &isnull));
		else
		{
			check_extends(&checkpoint);
			note = sign_checkpoint(&checkpoint);
			store_checkpoint(&checkpoint, note);
		}
		note = MemoryContextStrdup(caller, note);
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	if (note == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(note));
}

/*
 * audit_checkpoint_text() -> text
 */
PG_FUNCTION_INFO_V1(kobra_audit_checkpoint_text);

Datum
kobra_audit_checkpoint_text(PG_FUNCTION_ARGS)
{
	KobraCheckpoint checkpoint;
	char		origin[KOBRA_NOTE_NAME + 1];
	char		text[KOBRA_CHECKPOINT_ROOM];
	size_t		length = 0;
	KobraOwner	saved;

	kobra_authorize("make checkpoints of the log", KOBRA_NO_DEBTOR);
	SPI_connect();
	kobra_owner_enter(&saved);
	if (latest(&checkpoint, origin))
	{
		check_extends(&checkpoint);
		length = kobra_checkpoint_print(&checkpoint, text);
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	if (length == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text, (int) length));
}

/*
 * audit_store_checkpoint(note text)
 */
PG_FUNCTION_INFO_V1(kobra_audit_store_checkpoint);

Datum
kobra_audit_store_checkpoint(PG_FUNCTION_ARGS)
{
	char	   *written = text_to_cstring(PG_GETARG_TEXT_PP(0));
	KobraBytes	bytes = {written, strlen(written)};
	KobraNote	note;
	KobraCheckpoint checkpoint;
	KobraNoteKey *keys = palloc(sizeof(KobraNoteKey) * KEYS_MOST);
	Datum		size;
	KobraHash	root;
	bool		isnull;
	KobraOwner	saved;

	kobra_authorize("store checkpoints of the log", KOBRA_NO_DEBTOR);
	if (!kobra_note_parse(bytes, &note) || !kobra_checkpoint_parse(note.text, &checkpoint))
		refuse_note("it is not a signed checkpoint");
	SPI_connect();
	kobra_owner_enter(&saved);
	lock_checkpoints();
	if (kobra_note_verify(&note, keys, read_keys(keys, false)) != KOBRA_SIGNATURE_GOOD)
		refuse_note("no key of kobra.audit_key signed it, or a signature is bad");
	size = Int64GetDatum(checkpoint.size);
	if (kobra_plan_run(&block_of_plan, &size, NULL) == 0)
		refuse_note("no block of the log has its size");
	check_committed(2);
	if (!kobra_datum_hash(kobra_plan_value(0, 1, &isnull), &root))
		refuse_damaged("a block");
	if (!kobra_hash_equal(&root, &checkpoint.root))
		refuse_note("the log has another root at its size");
	check_extends(&checkpoint);
	store_checkpoint(&checkpoint, written);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_VOID();
}

/*
 * audit_add_key(key text, reason text)
 */
PG_FUNCTION_INFO_V1(kobra_audit_add_key);

Datum
kobra_audit_add_key(PG_FUNCTION_ARGS)
{
	char	   *written;
	KobraNoteKey key;

	kobra_authorize("add keys of the log", KOBRA_NO_DEBTOR);
	written = PG_ARGISNULL(0) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(0));
	parse_key(written, &key);
	return kobra_plan_call(&add_key_plan, fcinfo, "add keys of the log");
}

/*
 * audit_public_key() -> text
 */
PG_FUNCTION_INFO_V1(kobra_audit_public_key);

Datum
kobra_audit_public_key(PG_FUNCTION_ARGS)
{
	char	   *pem;
	char	   *origin;
	uint8		public_key[KOBRA_ED25519_KEY_SIZE];
	char		text[KOBRA_NOTE_KEY_ROOM];
	KobraNoteKey key;

	kobra_authorize("see keys of the log", KOBRA_NO_DEBTOR);
	pem = read_key_file();
	origin = kobra_log_origin();
	if (kobra_ed25519_public_key(kobra_bytes(pem, strlen(pem)), public_key) != KOBRA_SIGNATURE_GOOD ||
		!kobra_note_key(kobra_bytes(origin, strlen(origin)), public_key, &key))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CHECKPOINT),
				 errmsg("the file of kobra.audit_key_file has no usable Ed25519 key"),
				 errhint("Make one with: openssl genpkey -algorithm ed25519.")));
	explicit_bzero(pem, strlen(pem));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text, (int) kobra_note_key_print(&key, text)));
}

KobraSignatureStatus
kobra_checkpoint_read(const char *written, const char *key, KobraCheckpoint *checkpoint)
{
	KobraNote	note;
	KobraNoteKey *keys = palloc(sizeof(KobraNoteKey) * (KEYS_MOST + 1));
	int			nkeys = 1;

	if (!kobra_note_parse(kobra_bytes(written, strlen(written)), &note) || !kobra_checkpoint_parse(note.text, checkpoint))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CHECKPOINT),
				 errmsg("that is not a signed checkpoint"),
				 errhint("Pass the whole note as it was exported, its signatures and last newline included.")));
	if (key != NULL)
		parse_key(key, &keys[0]);
	else
	{
		nkeys = read_keys(keys, true);
		nkeys += own_key(checkpoint->origin, &keys[nkeys]);
	}
	return nkeys == 0 ? KOBRA_SIGNATURE_BAD_KEY : kobra_note_verify(&note, keys, nkeys);
}

/*
 * The name of this log in its checkpoints.
 */
char *
kobra_log_origin(void)
{
	if (kobra_audit_origin[0] != '\0')
		return kobra_audit_origin;
	return psprintf("kobra/%s/%016llx", get_database_name(MyDatabaseId), (long long) kobra_log_incarnation());
}

static bool
latest(KobraCheckpoint *checkpoint, char *origin)
{
	bool		isnull;

	if (kobra_plan_run(&block_plan, NULL, NULL) == 0)
		return false;
	strlcpy(origin, kobra_log_origin(), KOBRA_NOTE_NAME + 1);
	checkpoint->origin = kobra_bytes(origin, strlen(origin));
	checkpoint->size = (uint64) kobra_plan_int64(0, 1);
	if (!kobra_datum_hash(kobra_plan_value(0, 2, &isnull), &checkpoint->root))
		refuse_damaged("a block");
	check_committed(3);
	return true;
}

/*
 * A rollback would take back the block, and not the note that somebody has.  The
 * block's xmin is in that column of the last result.
 */
static void
check_committed(int column)
{
	bool		isnull;

	if (TransactionIdIsCurrentTransactionId(DatumGetTransactionId(kobra_plan_value(0, column, &isnull))))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("a checkpoint cannot be made in the transaction that sealed the log"),
				 errdetail("The transaction may yet be rolled back."),
				 errhint("Commit first.")));
}

/*
 * The tree must give the root to be signed, and contain the tree signed last.
 */
static void
check_extends(const KobraCheckpoint *checkpoint)
{
	KobraFrontier frontier;
	KobraHash	root;
	KobraHash	last;
	uint64		size;
	bool		isnull;

	if (!kobra_tree_frontier(checkpoint->size, &frontier) || !kobra_frontier_root(&frontier, &root) ||
		!kobra_hash_equal(&root, &checkpoint->root))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("the log's leaves do not give the root of its last block"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
	if (kobra_plan_run(&last_plan, NULL, NULL) == 0)
		return;
	size = (uint64) kobra_plan_int64(0, 1);
	if (!kobra_datum_hash(kobra_plan_value(0, 2, &isnull), &last))
		refuse_damaged("a checkpoint");
	if (size > checkpoint->size || !kobra_tree_frontier(size, &frontier) ||
		!kobra_frontier_root(&frontier, &root) || !kobra_hash_equal(&root, &last))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("the log is not an extension of the one its last checkpoint was made of"),
				 errdetail("That checkpoint has " UINT64_FORMAT " leaves, the log " UINT64_FORMAT ".",
						   size, checkpoint->size),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
}

static char *
sign_checkpoint(const KobraCheckpoint *checkpoint)
{
	char	   *pem = read_key_file();
	KobraBytes	pem_bytes = {pem, strlen(pem)};
	uint8		public_key[KOBRA_ED25519_KEY_SIZE];
	KobraNoteKey key;
	char		text[KOBRA_CHECKPOINT_ROOM];
	char		line[KOBRA_NOTE_LINE_ROOM];
	size_t		length = kobra_checkpoint_print(checkpoint, text);
	size_t		line_length = 0;
	KobraSignatureStatus status;

	status = kobra_ed25519_public_key(pem_bytes, public_key);
	if (status == KOBRA_SIGNATURE_GOOD && length > 0 &&
		kobra_note_key(checkpoint->origin, public_key, &key))
		status = kobra_note_sign(kobra_bytes(text, length), &key, pem_bytes, line, &line_length);
	else
		status = KOBRA_SIGNATURE_BAD_KEY;
	explicit_bzero(pem, strlen(pem));
	if (status != KOBRA_SIGNATURE_GOOD)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CHECKPOINT),
				 errmsg("could not sign the checkpoint"),
				 errdetail("The key is not an Ed25519 key in PEM without a passphrase, or kobra.audit_origin has spaces or a plus sign."),
				 errhint("Make a key with: openssl genpkey -algorithm ed25519.")));
	return psprintf("%.*s\n%.*s", (int) length, text, (int) line_length, line);
}

static char *
read_key_file(void)
{
	char	   *pem = palloc0(KEY_FILE_MOST + 1);
	struct stat file;
	int			fd;
	ssize_t		length;

	if (kobra_audit_key_file[0] == '\0')
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CHECKPOINT),
				 errmsg("there is no key to sign the checkpoint with"),
				 errhint("Set kobra.audit_key_file, or sign kobra.audit_checkpoint_text() elsewhere and hand the note to kobra.audit_store_checkpoint().")));
	if (!is_absolute_path(kobra_audit_key_file) || path_is_prefix_of_path(DataDir, kobra_audit_key_file))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CHECKPOINT),
				 errmsg("kobra.audit_key_file must be an absolute path outside the data directory"),
				 errhint("A copy of the database must not bring the key along.")));
	fd = OpenTransientFile(kobra_audit_key_file, O_RDONLY | PG_BINARY);
	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", kobra_audit_key_file)));
	if (fstat(fd, &file) != 0 || (file.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CHECKPOINT),
				 errmsg("file \"%s\" can be read by others than its owner", kobra_audit_key_file),
				 errhint("chmod 600 it.")));
	length = read(fd, pem, KEY_FILE_MOST);
	CloseTransientFile(fd);
	if (length <= 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read file \"%s\": %m", kobra_audit_key_file)));
	return pem;
}

static void
store_checkpoint(const KobraCheckpoint *checkpoint, const char *note)
{
	Datum		values[3];

	values[0] = Int64GetDatum(checkpoint->size);
	values[1] = kobra_hash_datum(&checkpoint->root);
	values[2] = CStringGetTextDatum(note);
	kobra_plan_run(&store_plan, values, NULL);
	if (kobra_audit_export_directory[0] != '\0')
	{
		export_checkpoint(checkpoint, note);
		kobra_plan_run(&exported_plan, values, NULL);
	}
}

/*
 * A file that is there is whole and on disk.  It may be there although this
 * transaction then fails: the same checkpoint will be made again.
 */
static void
export_checkpoint(const KobraCheckpoint *checkpoint, const char *note)
{
	char	   *path = psprintf("%s/checkpoint-%020llu", kobra_audit_export_directory,
								(unsigned long long) checkpoint->size);
	char	   *temporary = psprintf("%s.tmp", path);
	int			length = (int) strlen(note);
	int			fd = OpenTransientFile(temporary, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY);

	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create file \"%s\": %m", temporary)));
	if (write(fd, note, length) != length || pg_fsync(fd) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not write file \"%s\": %m", temporary)));
	if (CloseTransientFile(fd) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not close file \"%s\": %m", temporary)));
	durable_rename(temporary, path, ERROR);
}

static int
read_keys(KobraNoteKey *keys, bool retired)
{
	Datum		value = BoolGetDatum(retired);
	uint64		n = kobra_plan_run(&keys_plan, &value, NULL);
	int			count = 0;

	for (uint64 i = 0; i < n && count < KEYS_MOST; i++)
	{
		bool		isnull;

		/* Names point into the text. */
		char	   *written = TextDatumGetCString(kobra_plan_value(i, 1, &isnull));

		if (kobra_note_key_parse(kobra_bytes(written, strlen(written)), &keys[count]))
			count++;
	}
	return count;
}

static void
parse_key(const char *written, KobraNoteKey *key)
{
	if (!kobra_note_key_parse(kobra_bytes(written, strlen(written)), key))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CHECKPOINT),
				 errmsg("\"%s\" is not a verifier key", written),
				 errhint("It is written name+id+key, as kobra.audit_public_key() prints it.")));
}

/*
 * The key of this server by the name it had in a checkpoint; a standby may have
 * the setting and not the file.
 */
static bool
own_key(KobraBytes name, KobraNoteKey *key)
{
	uint8		public_key[KOBRA_ED25519_KEY_SIZE];
	char	   *pem;
	bool		good;

	if (kobra_audit_key_file[0] == '\0' || access(kobra_audit_key_file, R_OK) != 0)
		return false;
	pem = read_key_file();
	good = kobra_ed25519_public_key(kobra_bytes(pem, strlen(pem)), public_key) == KOBRA_SIGNATURE_GOOD &&
		kobra_note_key(name, public_key, key);
	explicit_bzero(pem, strlen(pem));
	return good;
}

static void
refuse_damaged(const char *what)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
			 errmsg("the root of %s has a wrong length", what),
			 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
}

static void
lock_checkpoints(void)
{
	LockRelationOid(get_relname_relid("audit_checkpoint", get_namespace_oid(KOBRA_SCHEMA, false)),
					ShareRowExclusiveLock);
}

static void
refuse_note(const char *why)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_CHECKPOINT),
			 errmsg("the note is refused: %s", why),
			 errhint("Sign what kobra.audit_checkpoint_text() returns, as it is, with a key added by kobra.audit_add_key().")));
}
