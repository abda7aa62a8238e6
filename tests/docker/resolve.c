/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a real runtime, for the tests in this folder:
 *   resolve doc SOCKET ROOT RUNTIME ID [SYSROOT]   the last document about the container
 *   resolve grpc SOCKET RUNTIME ID        the same from a socket of containerd or CRI-O
 *   resolve unit BUS SYSROOT UNIT         of a unit of systemd: from the bus, or its file
 *   resolve target SOCKET NAME   "ID NAME", then "HIERARCHY KERNFS-ID PATH" per cgroup */
#include "container/resolver.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int print_document(const struct sr_resolver_opts *opts, char **argv)
{
	struct sr_buf doc = { 0 }, last = { 0 };
	struct sr_resolver *r;
	int rc;

	if (sr_resolver_new(&r, opts) < 0)
		return 1;
	sr_resolver_ask(r, argv[0], argv[1]);
	rc = sr_resolver_drain(r, 20000);
	while (sr_resolver_poll(r, &doc)) {
		last.len = 0;
		sr_buf_put(&last, doc.p, doc.len);
		doc.len = 0;
	}
	puts(sr_buf_cstr(&last));
	sr_buf_free(&doc);
	sr_buf_free(&last);
	sr_resolver_free(r);
	return rc < 0;
}

static int print_target(char **argv)
{
	struct sr_resolver_opts opts = { .docker_socket = argv[0] };
	struct sr_target t;
	struct sr_err err;
	int rc = sr_target_find(argv[1], &opts, &t, &err);

	if (rc < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	printf("%s %s\n", t.container_id, t.name);
	for (size_t i = 0; i < t.ncg; i++)
		printf("%u %" PRIu64 " %s\n", t.cg[i].hierarchy, t.cg[i].id, t.cg[i].path);
	return 0;
}

int main(int argc, char **argv)
{
	struct sr_resolver_opts opts = { 0 };

	if ((argc == 6 || argc == 7) && strcmp(argv[1], "doc") == 0) {
		opts.docker_socket = argv[2];
		opts.docker_root = argv[3];
		opts.sys_root = argv[6]; /* NULL if not given */
		return print_document(&opts, argv + 4);
	}
	if (argc == 5 && strcmp(argv[1], "grpc") == 0) {
		opts.runtime_socket = argv[2];
		opts.docker_socket = opts.docker_root = opts.sys_root = "/nowhere";
		return print_document(&opts, argv + 3);
	}
	if (argc == 5 && strcmp(argv[1], "unit") == 0) {
		opts.system_bus = argv[2];
		opts.sys_root = argv[3];
		return print_document(&opts, (char *[]){ "service", argv[4] });
	}
	if (argc == 4 && strcmp(argv[1], "target") == 0)
		return print_target(argv + 2);
	return 64;
}
