/* SPDX-License-Identifier: Apache-2.0 */
/* A client for the tests in this folder: calls one method with our own gRPC.
 *   grpc SOCKET [-n NAMESPACE] /package.Service/Method FIELD...
 * A field is NUMBER=TEXT, NUMBER:INTEGER, or NUMBER{ FIELD... } as arguments of their own. What it
 * prints is the first text of the answer: of all that makes something, its id. */
#include "container/grpc.h"
#include "container/proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char **args;

static int encode(struct sr_buf *out, bool inner)
{
	for (; *args; args++) {
		uint32_t number = (uint32_t)strtoul(*args, NULL, 10);
		const char *rest = *args + strspn(*args, "0123456789");
		struct sr_buf message = { 0 };

		if (inner && strcmp(*args, "}") == 0)
			return 0;
		if (*rest == '=') {
			sr_proto_put_text(out, number, rest + 1);
		} else if (*rest == ':') {
			sr_proto_put_int(out, number, strtoull(rest + 1, NULL, 10));
		} else if (strcmp(rest, "{") == 0) {
			args++;
			if (encode(&message, true) < 0)
				return -1;
			sr_proto_put_message(out, number, &message);
			sr_buf_free(&message);
		} else {
			return -1;
		}
	}
	return inner ? -1 : 0;
}

static void print_first(const struct sr_buf *answer)
{
	struct sr_cur c = sr_cur(answer->p, answer->len);
	struct sr_proto_field f;

	while (sr_proto_next(&c, &f) == 1) {
		if (f.number == 1 && f.has_bytes) {
			printf("%.*s\n", (int)f.bytes.left, (const char *)f.bytes.p);
			return;
		}
	}
}

int main(int argc, char **argv)
{
	struct sr_buf request = { 0 }, answer = { 0 };
	struct sr_grpc g = { .timeout_ms = 60000 };
	const char *method;
	struct sr_err err;
	int rc;

	if (argc < 3)
		return 64;
	g.socket = argv[1];
	args = argv + 2;
	if (argc > 4 && strcmp(argv[2], "-n") == 0) {
		g.ns = argv[3];
		args += 2;
	}
	method = *args++;
	if (sr_http_new(&g.http) < 0 || encode(&request, false) < 0)
		return 64;
	rc = sr_grpc_call(&g, method, &request, &answer, &err);
	if (rc < 0)
		fprintf(stderr, "%s\n", err.msg);
	else
		print_first(&answer);
	sr_buf_free(&request);
	sr_buf_free(&answer);
	sr_http_free(g.http);
	return rc < 0;
}
