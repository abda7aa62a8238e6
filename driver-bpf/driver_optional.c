/* SPDX-License-Identifier: Apache-2.0 */
#include "driver-bpf/driver_optional.h"

#include "driver-bpf/shared.h"
#include "formats/base/log.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

/* The arguments of a tracepoint, 0 if there is none of this name. The first one that its type
 * has is not for programs. */
static int hook_args(const struct btf *btf, const char *hook)
{
	const struct btf_type *t;
	char name[128];
	int id;

	(void)snprintf(name, sizeof(name), "btf_trace_%s", hook);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	for (t = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL; t;
	     t = btf__type_by_id(btf, t->type)) {
		if (btf_is_func_proto(t))
			return btf_vlen(t);
		if (!btf_is_typedef(t) && !btf_is_ptr(t))
			break;
	}
	return 0;
}

bool sr_driver_has_hook(const struct btf *btf, const char *hook)
{
	return btf && hook_args(btf, hook) > 0;
}

void sr_driver_optional_choose(struct bpf_object_skeleton *s, const struct btf *btf,
			       struct sr_config *cfg)
{
	if (!btf)
		return; /* loading will say so */
	for (int i = 0; i < s->prog_cnt; i++) {
		struct bpf_program *p = *s->progs[i].prog;

		const char *hook = strchr(bpf_program__section_name(p), '/');

		if (bpf_program__autoload(p) || !hook || !hook_args(btf, hook + 1))
			continue;
		(void)bpf_program__set_autoload(p, true); /* fails for loaded objects only */
		bpf_program__set_autoattach(p, false);
	}
	cfg->uring_cqe = hook_args(btf, "io_uring_complete") == 4;
}
