/*
 * finding.c
 *		What was found out about a file, and its sentence in three languages.
 *
 * Sentences of one meaning take the same arguments in the same order.
 */
#include <stdlib.h>

#include "audit/entry_core.h"
#include "verify/finding.h"
#include "verify/value.h"

static const char *const verdicts[][KOBRA_TONGUES] = {
	[1] = {"Not genuine: ", "No es auténtico: ", "Não é autêntico: "},
	[2] = {"Not checked: ", "No se comprobó: ", "Não foi verificado: "}
};

static const char *const not_relied[KOBRA_TONGUES] = {
	" Nothing in this file may be relied upon.",
	" No se debe confiar en nada de este archivo.",
	" Não se deve confiar em nada deste arquivo."
};

/* The number, then the name. */
static const char *const reasons[][KOBRA_TONGUES] = {
	[KOBRA_FOUND_FORMAT] = {
		"line %llu is not what it must be.",
		"la línea %llu no es lo que debe ser.",
	"a linha %llu não é o que deve ser."},
	[KOBRA_FOUND_SHAPE] = {
		"the description of the table is not the one that the event was recorded with.",
		"la descripción de la tabla no es aquella con la que se registró el evento.",
	"a descrição da tabela não é aquela com que o evento foi registrado."},
	[KOBRA_FOUND_PLACE] = {
		"the event is not the number of its transaction that the file says.",
		"el evento no es el número de su transacción que dice el archivo.",
	"o evento não é o número de sua transação que o arquivo diz."},
	[KOBRA_FOUND_INNER] = {
		"the event is not among those of its transaction.",
		"el evento no está entre los de su transacción.",
	"o evento não está entre os de sua transação."},
	[KOBRA_FOUND_SIZE] = {
		"the checkpoint is of another size of the log than the file says.",
		"el punto de control es de otro tamaño del registro que el que dice el archivo.",
	"o ponto de controle é de outro tamanho do registro que o que diz o arquivo."},
	[KOBRA_FOUND_OUTER] = {
		"the transaction is not in the log that the checkpoint seals.",
		"la transacción no está en el registro que sella el punto de control.",
	"a transação não está no registro que o ponto de controle sela."},
	[KOBRA_FOUND_NOTE] = {
		"a checkpoint is malformed.",
		"un punto de control está mal formado.",
	"um ponto de controle está malformado."},
	[KOBRA_FOUND_SIGNATURE] = {
		"no given key signed a checkpoint, or a signature on it is false.",
		"ninguna de las claves dadas firmó un punto de control, o una firma en él es falsa.",
	"nenhuma das chaves dadas assinou um ponto de controle, ou uma assinatura nele é falsa."},
	[KOBRA_FOUND_BLOCK] = {
		"the block in line %llu does not follow what precedes it: something was altered, removed or added.",
		"el bloque de la línea %llu no sigue a lo que le precede: algo se alteró, se quitó o se añadió.",
	"o bloco da linha %llu não segue o que o precede: algo foi alterado, retirado ou acrescentado."},
	[KOBRA_FOUND_ENTRIES] = {
		"the events of the transaction in line %llu are not those that it was sealed with.",
		"los eventos de la transacción de la línea %llu no son aquellos con los que se selló.",
	"os eventos da transação da linha %llu não são aqueles com que foi selada."},
	[KOBRA_FOUND_TWICE] = {
		"transaction %llu is in the log twice.",
		"la transacción %llu está dos veces en el registro.",
	"a transação %llu está duas vezes no registro."},
	[KOBRA_FOUND_CUT] = {
		"the file ends before checkpoint %llu: the end of the log was cut off, an older backup was restored, or the file is not all of it.",
		"el archivo termina antes del punto de control %llu: se cortó el final del registro, se restauró un respaldo anterior o el archivo no lo trae todo.",
	"o arquivo termina antes do ponto de controle %llu: o fim do registro foi cortado, um backup anterior foi restaurado ou o arquivo não o traz todo."},
	[KOBRA_FOUND_SHORT] = {
		"no block of the file ends where checkpoint %llu was made: something was removed or added.",
		"ningún bloque del archivo termina donde se hizo el punto de control %llu: algo se quitó o se añadió.",
	"nenhum bloco do arquivo termina onde foi feito o ponto de controle %llu: algo foi retirado ou acrescentado."},
	[KOBRA_FOUND_ROOT] = {
		"what precedes checkpoint %llu is not what was sealed.",
		"lo que precede al punto de control %llu no es lo que se selló.",
	"o que precede o ponto de controle %llu não é o que foi selado."},
	[KOBRA_FOUND_NO_KEY] = {
		"everything in the file fits together, but no key was given. Checkpoint %llu bears the name %s; whether it signed was not checked.",
		"todo en el archivo concuerda, pero no se dio ninguna clave. El punto de control %llu lleva el nombre %s; no se comprobó si firmó.",
	"tudo no arquivo concorda, mas nenhuma chave foi dada. O ponto de controle %llu traz o nome %s; não se verificou se assinou."},
	[KOBRA_FOUND_NO_CHECKPOINT] = {
		"there is no checkpoint, so nothing says that this is the log.",
		"no hay punto de control, así que nada dice que este sea el registro.",
	"não há ponto de controle, portanto nada diz que este seja o registro."},
	[KOBRA_FOUND_EARLIER] = {
		"checkpoint %llu was made before the file begins; export the log from its beginning.",
		"el punto de control %llu se hizo antes de donde empieza el archivo; exporte el registro desde su comienzo.",
	"o ponto de controle %llu foi feito antes de onde começa o arquivo; exporte o registro desde o seu início."},
	[KOBRA_FOUND_UNKNOWN] = {
		"the event is contained in the log, but this program is too old to read it.",
		"el evento está contenido en el registro, pero este programa es demasiado antiguo para leerlo.",
	"o evento está contido no registro, mas este programa é antigo demais para lê-lo."},
	[KOBRA_FOUND_UNREADABLE] = {
		"the file cannot be read, or is too long.",
		"el archivo no se puede leer o es demasiado largo.",
	"o arquivo não pode ser lido ou é longo demais."},
	[KOBRA_FOUND_FAILED] = {
		"the computer ran out of memory, or its cryptographic library failed.",
		"al equipo le faltó memoria o falló su biblioteca criptográfica.",
	"faltou memória ao computador ou sua biblioteca criptográfica falhou."}
};

static const char *const words[KOBRA_WORDS][KOBRA_TONGUES] = {
	[KOBRA_WORD_GENUINE] = {
		"The event is genuine: on %s UTC, user %s%s %s %s; it is number %llu of %llu of its transaction"
		" and is contained in the log %s that was sealed up to checkpoint %llu, signed by %s.\n",
		"El evento es auténtico: el %s UTC, el usuario %s%s %s %s; es el número %llu de %llu de su transacción"
		" y está contenido en el registro %s que se selló hasta el punto de control %llu, firmado por %s.\n",
		"O evento é autêntico: em %s UTC, o usuário %s%s %s %s; é o número %llu de %llu de sua transação"
	" e está contido no registro %s que foi selado até o ponto de controle %llu, assinado por %s.\n"},
	[KOBRA_WORD_TRANSACTION] = {
		"Transaction %llu, begun %s, first change %s; client %s, application %s, process %d\n",
		"Transacción %llu, iniciada %s, primer cambio %s; cliente %s, aplicación %s, proceso %d\n",
	"Transação %llu, iniciada %s, primeira mudança %s; cliente %s, aplicação %s, processo %d\n"},
	[KOBRA_WORD_FOR] = {" (for %s)", " (por cuenta de %s)", " (por conta de %s)"},
	[KOBRA_WORD_CLAIMS] = {
	" (who says it acts for %s)", " (que dice actuar por cuenta de %s)", " (que diz agir por conta de %s)"},
	[KOBRA_WORD_LOG_ITSELF] = {"the log itself", "el propio registro", "o próprio registro"},
	[KOBRA_WORD_NONE] = {"(no value)", "(sin valor)", "(sem valor)"},
	[KOBRA_WORD_ERASED] = {"(erased)", "(borrado)", "(apagado)"},
	[KOBRA_WORD_LOG_GENUINE] = {
		"The log is genuine: its records %llu to %llu, which are %llu blocks and %llu transactions (%llu of them purged),"
		" are those that checkpoint %llu seals, signed by %s.",
		"El registro es auténtico: sus asientos %llu a %llu, que son %llu bloques y %llu transacciones (%llu de ellas depuradas),"
		" son los que sella el punto de control %llu, firmado por %s.",
		"O registro é autêntico: seus assentos %llu a %llu, que são %llu blocos e %llu transações (%llu delas expurgadas),"
	" são os que o ponto de controle %llu sela, assinado por %s."},
	[KOBRA_WORD_LOG_CHECKPOINTS] = {
		" Checkpoints that agree with it: %llu.",
		" Puntos de control que concuerdan con él: %llu.",
	" Pontos de controle que concordam com ele: %llu."},
	[KOBRA_WORD_LOG_ENTRIES] = {
	" Events checked: %llu.", " Eventos comprobados: %llu.", " Eventos verificados: %llu."},
	[KOBRA_WORD_LOG_NO_ENTRIES] = {
		" The events are not in the file.",
		" Los eventos no están en el archivo.",
	" Os eventos não estão no arquivo."},
	[KOBRA_WORD_LOG_BEYOND] = {
		" Records after the last checkpoint, which nobody signed yet: %llu.",
		" Asientos posteriores al último punto de control, que nadie ha firmado aún: %llu.",
	" Assentos posteriores ao último ponto de controle, que ninguém assinou ainda: %llu."}
};

int
kobra_found_status(KobraFinding finding)
{
	return finding == KOBRA_FOUND_GENUINE ? 0 : finding < KOBRA_FOUND_NO_KEY ? 1 : 2;
}

void
kobra_found_print(FILE *out, KobraTongue tongue, KobraFound found, const char *name)
{
	int			status = kobra_found_status(found.finding);
	char	   *written = kobra_in_words(name);

	fputs(verdicts[status][tongue], out);
	fprintf(out, reasons[found.finding][tongue], (unsigned long long) found.number, written);
	free(written);
	if (status == 1)
		fputs(not_relied[tongue], out);
	fputc('\n', out);
}

const char *
kobra_word(KobraTongue tongue, KobraWord word)
{
	return words[word][tongue];
}

const char *
kobra_did(KobraTongue tongue, uint8_t operation)
{
	static const struct
	{
		uint8_t		operation;
		const char *did[KOBRA_TONGUES];
	}			operations[] = {
		{KOBRA_OP_INSERT, {"inserted a row into", "insertó una fila en", "inseriu uma linha em"}},
		{KOBRA_OP_UPDATE, {"changed a row of", "cambió una fila de", "alterou uma linha de"}},
		{KOBRA_OP_DELETE, {"deleted a row of", "borró una fila de", "excluiu uma linha de"}},
		{KOBRA_OP_TRUNCATE, {"removed all rows of", "quitó todas las filas de", "retirou todas as linhas de"}},
		{KOBRA_OP_BASELINE, {"recorded a row that was there, of", "registró una fila que ya estaba, de",
		"registrou uma linha que já estava, de"}},
		{KOBRA_OP_SCHEMA, {"changed the structure of", "cambió la estructura de", "mudou a estrutura de"}},
		{KOBRA_OP_EVENT, {"acted on", "actuó sobre", "agiu sobre"}},
		{KOBRA_OP_REDACTION, {"erased personal data recorded of", "borró datos personales registrados de",
		"apagou dados pessoais registrados de"}}
	};

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (operations[i].operation == operation)
			return operations[i].did[tongue];
	return NULL;
}
