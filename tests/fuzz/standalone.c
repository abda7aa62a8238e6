/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over given files, without a fuzzer: the replay of the normal test run. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The file's bytes in a block of exactly their size, so that a read past them is noticed. */
static uint8_t *load(const char *path, size_t *len)
{
	uint8_t *all = NULL, *grown, buf[1 << 16];
	FILE *f = fopen(path, "rbe");
	size_t n;

	*len = 0;
	if (!f)
		return NULL;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
		grown = realloc(all, *len + n);
		if (!grown)
			break;
		all = grown;
		memcpy(all + *len, buf, n);
		*len += n;
	}
	if (ferror(f) || n > 0) {
		free(all);
		all = NULL;
	} else if (!all) {
		all = malloc(1); /* an empty file is an input too */
	}
	(void)fclose(f); /* only read from */
	return all;
}

int main(int argc, char **argv)
{
	int bad = 0;

	for (int i = 1; i < argc; i++) {
		size_t len;
		uint8_t *data = load(argv[i], &len);

		if (!data) {
			perror(argv[i]);
			bad++;
			continue;
		}
		/* Without a fuzzer nobody else tells which input it was that crashed. */
		fprintf(stderr, "%s\n", argv[i]);
		(void)LLVMFuzzerTestOneInput(data, len);
		free(data);
	}
	printf("%d passed, %d failed\n", argc - 1 - bad, bad);
	return bad != 0;
}
