/* SPDX-License-Identifier: Apache-2.0 */
/* Private to bpf_defs.c, bpf_def_thread.c and bpf_def_file.c: what definitions are kept in, and how
 * one is put together. */
#ifndef SR_BPF_DEFS_IMPL_H
#define SR_BPF_DEFS_IMPL_H

#include "capture/bpf_defs.h"
#include "formats/base/buf.h"
#include "formats/base/cur.h"

/* An object in one piece of memory: the definition, as large as its kind is, then its strings. */
struct obj {
	struct obj *next;	/* of those that were replaced, or that are free */
	uint32_t refs;		/* its slot, and the threads that are in it or its children */
	struct obj *cgroups[2]; /* of a thread */
	struct obj *parent;	/* of a thread */
	uint32_t depth;		/* parents above it */
	struct obj *lender;	/* of a thread: the same one, whose text it has */
	bool lacks;		/* a thread without text that has not been used yet */
	int32_t pid;		/* of a first thread, else 0 */
	uint32_t steps;		/* its size, in steps of OBJ_STEP */
	char *text;
	union {
		struct sr_thread_def thread;
		struct sr_file_def file;
		struct sr_cgroup_def cgroup;
	};
};

#define OBJ_SIZES 16u /* of memory that is used again: multiples of OBJ_STEP */

struct log_slots {
	struct obj *thread[SR_THREAD_SLOTS];
	struct obj *file[SR_FILE_SLOTS];
	struct obj *cgroup[SR_CGROUP_SLOTS];
};

/* Places by pid; where two processes want the same one, the newer has it. */
#define PID_PLACES 16384

struct sr_bpf_defs {
	struct obj *by_pid[PID_PLACES]; /* first threads as they were defined last; no references */
	struct sr_bpf_defs_hooks hooks;
	const char *procfs;
	unsigned int nlogs;
	struct log_slots **logs;
	struct obj *replaced;
	struct obj *spare[OBJ_SIZES];
	uint32_t nspare[OBJ_SIZES];
	/* scratch of the definition that is being read */
	char *text;
	size_t text_len, text_cap;
	struct sr_buf env, joined;
	struct sr_hostmounts *mounts;
};

/* ---- the record ---- */

struct blob {
	const char *p;
	uint32_t len, truelen;
	uint8_t status;
	bool seen;
};

#define TAG(name) (SR_TAG_##name - SR_TAG_PATH)
#define NTAGS	  (TAG(MOUNT) + 1)

/** sr_bpf_blobs() - the blobs that @c is at, by tag: TAG(). Those that were not sent are not seen.
 *  Return 0; -EBADMSG. */
int sr_bpf_blobs(struct sr_cur *c, struct blob *by_tag, size_t ntags);

/* ---- the object ---- */

/* A string of the object under construction: offset and length in the scratch. */
struct text {
	size_t off;
	uint32_t len;
};

/** sr_bpf_text_put() / sr_bpf_text_path() - put bytes, or a path that comes from its last component
 *  to its first ("passwd\0etc\0" becomes "/etc/passwd"; no component at all is the root), into the
 *  scratch. Return 0; -ENOMEM. */
int sr_bpf_text_put(struct sr_bpf_defs *d, const void *p, size_t len, struct text *out);
int sr_bpf_text_path(struct sr_bpf_defs *d, const struct blob *b, struct text *out);

/** sr_bpf_obj_new() - the object for a definition of @size bytes, all zero, with the scratch behind
 *  it; one reference. NULL: no memory. */
struct obj *sr_bpf_obj_new(struct sr_bpf_defs *d, size_t size);

/** sr_bpf_text_str() - a string of the finished object. */
struct sr_str sr_bpf_text_str(const struct obj *o, struct text t);

/** sr_bpf_slot_set() - the slot takes over a reference to @o; what was there is kept until
 *  sr_bpf_defs_sweep(). */
void sr_bpf_slot_set(struct sr_bpf_defs *d, struct obj **slot, struct obj *o);

/** sr_bpf_pid_place() - where the first thread of a process is found. */
static inline struct obj **sr_bpf_pid_place(struct sr_bpf_defs *d, int32_t pid)
{
	return &d->by_pid[(uint32_t)pid % PID_PLACES];
}

/* ---- of each kind ---- */

/** sr_bpf_add_thread() / sr_bpf_add_file() - take the definition that @c is at into its slot.
 *  Return 0; -EBADMSG; -ENOMEM. */
int sr_bpf_add_thread(struct sr_bpf_defs *d, struct log_slots *l, struct sr_cur *c);
int sr_bpf_add_file(struct sr_bpf_defs *d, struct log_slots *l, struct sr_cur *c);

/** sr_bpf_thread_borrow() - give @o, the thread in @slot, what it lacks and another log knows. */
void sr_bpf_thread_borrow(struct sr_bpf_defs *d, struct obj *o, uint32_t slot);

#endif /* SR_BPF_DEFS_IMPL_H */
