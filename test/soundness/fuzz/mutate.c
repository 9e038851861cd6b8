/*
 * mutate.c
 *		A driver for the fuzz targets where the compiler brings none: changes the
 *		inputs it is given at random, without looking at what the target does with them.
 *
 *		mutate SECONDS SEED CRASH FILE...
 *
 * CRASH is where the input is left that ended it.
 */
#include <sanitizer/common_interface_defs.h>
#include <time.h>

#define FUZZ_DRIVER
#include "fuzz.h"

#define SIZE_MOST 65536

static uint8_t input[SIZE_MOST];
static size_t input_size;
static const char *crash;
static uint64_t state;

static uint64_t
any(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below > 0 ? state % below : 0;
}

static void
keep_input(void)
{
	FILE	   *file = fopen(crash, "wb");

	if (file != NULL)
	{
		fwrite(input, 1, input_size, file);
		fclose(file);
	}
}

static void
change(void)
{
	static const uint8_t telling[] = {0, 1, 2, 4, 0x7F, 0x80, 0xFE, 0xFF, '\n', ' ', '"', '0', '9', '='};
	size_t		at = any(input_size);
	size_t		n = 1 + any(any(2) ? 8 : 200);

	switch (any(6))
	{
		case 0:
			if (input_size > 0)
				input[at] ^= (uint8_t) (1 << any(8));
			break;
		case 1:
			if (input_size > 0)
				input[at] = telling[any(sizeof(telling))];
			break;
		case 2:
			n = n < input_size - at ? n : input_size - at;
			memmove(input + at, input + at + n, input_size - at - n);
			input_size -= n;
			break;
		case 3:
			if (input_size + n <= SIZE_MOST)
			{
				memmove(input + at + n, input + at, input_size - at);
				for (size_t i = 0; i < n; i++)
					input[at + i] = any(2) ? (uint8_t) any(256) : telling[any(sizeof(telling))];
				input_size += n;
			}
			break;
		case 4:
			if (input_size > 0)
			{
				size_t		from = any(input_size);

				n = n < input_size - at ? n : input_size - at;
				n = n < input_size - from ? n : input_size - from;
				memmove(input + at, input + from, n);
			}
			break;
		case 5:
			input_size = at;
			break;
	}
}

int
main(int argc, char **argv)
{
	time_t		end = time(NULL) + (argc > 4 ? atoi(argv[1]) : 0);
	uint64_t	runs = 0;

	if (argc <= 4)
		return 2;
	state = strtoull(argv[2], NULL, 10) * 2654435761u + 1;
	crash = argv[3];
	__sanitizer_set_death_callback(keep_input);
	while ((runs & 0xFF) != 0 || time(NULL) < end)
	{
		FILE	   *file = fopen(argv[4 + any((uint64_t) argc - 4)], "rb");

		if (file == NULL)
			return 2;
		input_size = fread(input, 1, SIZE_MOST, file);
		fclose(file);
		for (uint64_t changes = any(8); changes > 0; changes--)
			change();
		LLVMFuzzerTestOneInput(input, input_size);
		runs++;
	}
	fprintf(stderr, "Done %llu runs\n", (unsigned long long) runs);
	return 0;
}
