/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of our blocks as events of a .scap file. Its readers keep a picture of processes and files
 * of their own, made of the lists at the beginning and of every event; this keeps track of what
 * they believe, and where that is not what we know tells them by events that they do not show. */
#ifndef SR_SCAP_OUT_H
#define SR_SCAP_OUT_H

#include "filters/field.h"
#include "formats/scap_write.h"

struct scap_out;

#define SCAP_OUT_BUCKETS 4096

/** scap_out_new() - write through @w, which stays the caller's. Return 0 or -ENOMEM. */
int scap_out_new(struct scap_out **out, struct sr_scap_writer *w);
void scap_out_free(struct scap_out *o);

/** scap_out_lists() - the lists that stand before all events: what the block of @v tells. */
int scap_out_lists(struct scap_out *o, const struct sr_view *v, struct sr_err *err);

/** scap_out_row() - write a row. Return 1; 0 a .scap file has nothing for it, or it is of no thread
 *  that can be; negative errno. */
int scap_out_row(struct scap_out *o, const struct sr_view *v, uint32_t row, struct sr_err *err);

/* ---- between the files of this part ---- */

/* An event while it is made: values are appended to @values, parameters point into it at the end.
 */
struct scap_event {
	struct sr_scap_event e;
	struct sr_buf values;
	uint32_t at[SR_SCAP_MAX_PARAMS];
};

void scap_event_begin(struct scap_event *x, uint16_t id);
void scap_event_number(struct scap_event *x, uint64_t v);
void scap_event_bytes(struct scap_event *x, const void *p, size_t len);
/** scap_event_text() - a string, with its NUL. */
void scap_event_text(struct scap_event *x, struct sr_str s);
/** scap_event_tuple(), scap_event_address() - both ends of a socket; its own end, or its peer. */
void scap_event_tuple(struct scap_event *x, const struct sr_block *b, const struct sr_file *f);
void scap_event_address(struct scap_event *x, const struct sr_block *b, const struct sr_file *f,
			bool peer);

/** scap_out_params() - the parameters of a call's event, as many as readers of 2022 know. */
void scap_out_params(struct scap_event *x, const struct sr_view *v, uint32_t row, unsigned int n,
		     bool leave);

/** scap_out_process() - the parameter called @name of events that make processes; false if it is
 *  none of these. */
bool scap_out_process(struct scap_event *x, const struct sr_block *b, const struct sr_thread *t,
		      const char *name);

/** scap_out_fd() - index of the argument that events of @type have as their fd, or -1. */
int scap_out_fd(const struct sr_type *type);

/** scap_out_file() - an open file as lists have it. */
struct sr_scap_fd scap_out_file(const struct sr_block *b, const struct sr_file *f, int64_t fd);

/** scap_out_cgroups() - the cgroups of a thread as files have them, appended to @out. */
void scap_out_cgroups(const struct sr_block *b, const struct sr_thread *t, struct sr_buf *out);

/** scap_out_argv() - argv[0] (@rest false) or what follows. */
struct sr_str scap_out_argv(const struct sr_block *b, const struct sr_thread *t, bool rest);

/* What readers believe of a thread. */
struct told_thread {
	struct told_thread *next;
	int64_t tid, pid, ppid, sid;
	uint64_t image; /* sr_thread.id; 0: only its name */
	uint32_t uid, gid;
	uint64_t comm;	 /* hash */
	uint64_t *files; /* of the first thread of a process: a hash by fd, 0 nothing */
	uint32_t nfiles;
};

struct told_container {
	const struct sr_container *c;
	const struct cJSON *doc;
};

struct scap_out {
	struct sr_scap_writer *w;
	struct told_thread *threads[SCAP_OUT_BUCKETS];
	struct told_container *containers;
	size_t ncontainers;
	struct scap_event x;
	struct sr_err *err;
	/* of events that are made: those of the row that needs them */
	uint64_t time;
	int64_t tid;
	uint16_t cpu;
};

/** scap_told_of() - what is believed of a thread, or NULL. scap_tell_of() - the same, made if need
 *  be; NULL only without memory. scap_forget() - it ended. */
struct told_thread *scap_told_of(struct scap_out *o, int64_t tid);
struct told_thread *scap_tell_of(struct scap_out *o, int64_t tid, int64_t pid);
void scap_forget(struct scap_out *o, int64_t tid);

/** scap_hash_str(), scap_hash_file() - what readers can know of a text, of a file. */
uint64_t scap_hash_str(struct sr_str s, uint64_t seed);
uint64_t scap_hash_file(const struct sr_block *b, const struct sr_file *f);

/** scap_file_told() - what was told of an open file, 0 nothing. scap_set_file_told() - it was. */
uint64_t scap_file_told(struct scap_out *o, int64_t pid, int64_t fd);
void scap_set_file_told(struct scap_out *o, int64_t pid, int64_t fd, uint64_t what);

/** scap_write() - write the event that was made. */
int scap_write(struct scap_out *o, bool shown);

/** scap_fd_of() - the fd that a row is about, -1 none; it existed before the call. */
int64_t scap_fd_of(const struct sr_block *b, uint32_t row);

/** scap_tell_container() - the name of a thread's container, once. */
int scap_tell_container(struct scap_out *o, const struct sr_block *b, const struct sr_thread *t);

#define SCAP_THREAD_FLAGS 0xa803u /* files, directory, signals, memory and group are shared */

#endif /* SR_SCAP_OUT_H */
