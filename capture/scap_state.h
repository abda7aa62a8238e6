/* SPDX-License-Identifier: Apache-2.0 */
/* What a .scap file lets one know of processes and their files, from its lists and from every event
 * since: names are not in the events, they come from here. Follows the reference tool in what it
 * concludes from which event. */
#ifndef SR_SCAP_STATE_H
#define SR_SCAP_STATE_H

#include "formats/arena.h"
#include "formats/base/buf.h"
#include "formats/builder.h"
#include "formats/scap_event.h"
#include "formats/scap_meta.h"

struct scap_text {
	char *p;
	uint32_t len;
};

enum scap_role {
	SCAP_ROLE_NONE,
	SCAP_ROLE_CLIENT,
	SCAP_ROLE_SERVER
};

struct scap_file {
	struct sr_scap_fd fd; /* its name is in @name */
	struct scap_text name;
	uint8_t role;		 /* enum scap_role */
	bool connected;		 /* by a call of its own */
	struct sr_file_def *def; /* of the block @gen */
	uint64_t gen;
};

struct scap_files {
	struct scap_file *v; /* by number, ascending */
	size_t n, cap;
	/* what scap_fds_tell() has told of it; a file that has changed since has the gen 0 */
	bool told, changed; /* changed: there are new files */
	int64_t told_limit;
	int64_t *gone; /* told, and closed since */
	size_t ngone, gone_cap;
};

struct scap_thread {
	struct scap_thread *next; /* in its bucket */
	struct sr_scap_proc p;	  /* its strings are those below */
	struct scap_text comm, exe, exepath, args, cwd, env, cgroups;
	struct scap_files files; /* unused by a thread that shares those of its process */
	uint32_t nchildren;	 /* threads of this process beside the first */
	uint64_t began, image;	 /* when cloned, 0 unknown; number of what is known of it */
	bool made_up;		 /* an event was its first sign of life */
	bool inverted;		 /* the child's clone came before the parent's */
	bool ended;
	/* the call that has begun */
	uint16_t last_id; /* of the enter event; SCAP_NO_EVENT none */
	int64_t last_fd;
	uint64_t entered;
	struct sr_scap_event enter;
	uint8_t *enter_bytes; /* its parameters */
	size_t enter_cap;
	struct sr_thread_def *def; /* of the block @gen */
	uint64_t gen;
};

#define SCAP_NO_EVENT 0xffff
#define SCAP_BUCKETS  4096

struct scap_state {
	struct scap_thread *buckets[SCAP_BUCKETS];
	uint8_t (*local)[16]; /* addresses of the machine; IPv4: the first four bytes */
	bool *local_v6;
	size_t nlocal;
	uint64_t images;
	uint64_t gen; /* of definitions: another one when any name changed or a block begins */
	struct sr_arena arena; /* the definitions of one block */
	int64_t to_remove;     /* thread that ended with the last event; -1 none */
};

void scap_state_clear(struct scap_state *s);

/** scap_state_block() - forget the definitions: the builder was reset. */
void scap_state_block(struct scap_state *s);

/** scap_state_add_*() - entries of the lists. Return 0 or -ENOMEM. */
int scap_state_add_interface(struct scap_state *s, const struct sr_scap_interface *i);
int scap_state_add_proc(struct scap_state *s, const struct sr_scap_proc *p);
int scap_state_add_fd(struct scap_state *s, int64_t tid, const struct sr_scap_fd *f);

/** scap_state_thread() - the thread, or NULL. scap_state_need() - made up if need be; NULL only
 *  without memory. */
struct scap_thread *scap_state_thread(struct scap_state *s, int64_t tid);
struct scap_thread *scap_state_need(struct scap_state *s, int64_t tid);

/** scap_state_ready() - all lists are read: tell servers' connections from clients'. */
void scap_state_ready(struct scap_state *s);

/** scap_state_begin() - a call begins. Return 0 or -ENOMEM. */
int scap_state_begin(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e);

/** scap_state_exit() - a call returns: which file it was about is known now, if it was not before.
 *  Return 0 or -ENOMEM. */
int scap_state_exit(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e);

/** scap_state_enter() - the event with which the call began that @e ends, or NULL. */
const struct sr_scap_event *scap_state_enter(const struct scap_thread *t,
					     const struct sr_scap_event *e);

/** scap_state_end() - take in what event @e says, of thread *t (which it may make). Return 0 or
 *  -ENOMEM. */
int scap_state_end(struct scap_state *s, struct scap_thread **t, const struct sr_scap_event *e);

/** scap_state_after() - what an event ends when it has been shown: close, exit. */
void scap_state_after(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e);

/** scap_state_before() - a new event comes: remove what ended with the last one. */
void scap_state_before(struct scap_state *s);

/** scap_fds_tell() - what has changed in the table of @t since it was told last, as operations of
 *  formats/fds.h before row @row of @b. Return 0 or -ENOMEM. */
struct scap_fd_ops {
	struct sr_fds_op *v;
	size_t n, cap;
};
int scap_fds_tell(struct scap_state *s, struct scap_thread *t, struct sr_builder *b, uint32_t row,
		  struct scap_fd_ops *ops);

/** scap_state_file() - the open file @fd of a thread, or NULL. */
struct scap_file *scap_state_file(struct scap_state *s, struct scap_thread *t, int64_t fd);

/** scap_state_path() - @name made absolute from @dir (the thread's working directory if NULL),
 *  appended to @out. */
void scap_state_path(struct scap_state *s, struct scap_thread *t, const struct scap_text *dir,
		     const char *name, size_t len, struct sr_buf *out);

/** scap_state_is_local() - is it an address of the recorded machine? */
bool scap_state_is_local(const struct scap_state *s, const uint8_t *addr, bool v6);

/* ---- for scap_calls.c ---- */

#define CLONE_FILES_BIT	   0x1u /* as .scap stores clone flags */
#define CLONE_FS_BIT	   0x2u
#define CLONE_THREAD_BIT   0x2000u
#define CLONE_IN_PIDNS_BIT (1u << 29) /* the child sees other pids than we do */

/** scap_fs_of() - the thread that has the working directory of @t. */
struct scap_thread *scap_fs_of(struct scap_state *s, struct scap_thread *t);

/** scap_text_set(), scap_text_copy() - another text. Return 0 or -ENOMEM. */
int scap_text_set(struct scap_text *t, const void *p, size_t len);
int scap_text_copy(struct scap_text *t, const struct scap_text *from);

/** scap_files_of() - the open files of a thread, which may be those of its process. */
struct scap_files *scap_files_of(struct scap_state *s, struct scap_thread *t);

/** scap_files_put() - the entry of @fd, emptied or made; NULL without memory. */
struct scap_file *scap_files_put(struct scap_files *fs, int64_t fd);
void scap_files_remove(struct scap_files *fs, int64_t fd);
int scap_files_copy(struct scap_files *to, const struct scap_files *from);

/** scap_thread_new() - a thread in the place of any that had its id; NULL without memory. */
struct scap_thread *scap_thread_new(struct scap_state *s, const struct sr_scap_proc *p);

/** scap_thread_changed() - something of it is not as it was defined. */
void scap_thread_changed(struct scap_state *s, struct scap_thread *t);

/* ---- definitions (scap_defs.c) ---- */

/** scap_thread_def(), scap_file_def() - for the builder, until scap_state_block(). NULL without
 *  memory. */
struct sr_thread_def *scap_thread_def(struct scap_state *s, struct scap_thread *t);
struct sr_file_def *scap_file_def(struct scap_state *s, struct scap_file *f);

/** scap_connecting() - the file of call @e, whose name may be that of its connection. */
struct sr_file_def *scap_connecting(struct scap_state *s, struct scap_file *f,
				    const struct sr_scap_event *e);

/** scap_untold() - the file of a call that does not say which it is. */
struct sr_file_def *scap_untold(struct scap_state *s);

/** scap_unopened() - the file that call @e failed to open; NULL if it is no such call. */
struct sr_file_def *scap_unopened(struct scap_state *s, struct scap_thread *t,
				  const struct sr_scap_event *e);

/** scap_open_path() - the path that an open call was given, made absolute, appended to @out; false
 *  if it is no such call. */
bool scap_open_path(struct scap_state *s, struct scap_thread *t, const struct sr_scap_event *e,
		    struct sr_buf *out);

#endif /* SR_SCAP_STATE_H */
