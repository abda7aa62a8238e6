/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the fields share: how each field's value is found, compared
 * and written. Only filters/ includes this. */
#ifndef SR_FIELD_IMPL_H
#define SR_FIELD_IMPL_H

#include "filters/field.h"

/* How a value is written; finer than enum sr_show, which is made of it. */
enum sr_style {
	SR_STYLE_DEFAULT, /* a SR_V_TIME: ns since the epoch */
	SR_STYLE_HEX,
	SR_STYLE_OCT,
	SR_STYLE_PAYLOAD,
	SR_STYLE_PAD9,	/* nine digits */
	SR_STYLE_CLOCK, /* HH:MM:SS.nnnnnnnnn */
	SR_STYLE_CLOCK_S,
	SR_STYLE_DATE, /* YYYY-MM-DD HH:MM:SS.nnnnnnnnn */
	SR_STYLE_DATE_S,
	SR_STYLE_ISO,
	SR_STYLE_OUTPUT, /* as the view's time_mode says */
};

/* What the text after a field's name may be. */
enum sr_argform {
	SR_FORM_NONE,
	SR_FORM_OPT_INDEX, /* proc.aname[1] */
	SR_FORM_OPT_NAME,  /* proc.env[PATH] or proc.env.PATH */
	SR_FORM_OPT_BOTH,  /* proc.aenv[1] or proc.aenv[PATH] */
	SR_FORM_KEY,	   /* container.label[any text] or .dotted.name */
	SR_FORM_ARG,	   /* evt.arg.path or evt.arg[0] */
	SR_FORM_ARG_NAME,  /* evt.rawarg.path */
	SR_FORM_TYPE,	   /* evt.type.is.openat */
	SR_FORM_TIME,	   /* evt.around[1700000000000000000] */
	SR_FORM_FIELD,	   /* evt.reason[fd.name] */
	SR_FORM_OPT_END,   /* evt.abspath.src or .dst */
	SR_FORM_DOTTED,	   /* thread.cgroup.cpu */
};

/* How a filter compares the field: which operators, which literals. */
enum sr_family {
	SR_FAM_NUM,
	SR_FAM_DUR,  /* NUM whose literals may have a unit */
	SR_FAM_PORT, /* NUM whose literals may be service names */
	SR_FAM_BOOL,
	SR_FAM_STR,
	SR_FAM_BYTES,
	SR_FAM_IP,
	SR_FAM_NET,
	SR_FAM_LIST, /* several texts: exists, in, intersects */
	SR_FAM_DYN,  /* number or text, as the event has it (evt.rawarg) */
};

/* Which of the bytes moved evt.buflen and its relations count. */
enum {
	SR_MOVE_IN = 1,
	SR_MOVE_OUT = 2,
	SR_MOVE_FILE = 4,
	SR_MOVE_NET = 8
};

/* Fields with several values, asked for by argn from @lo to @hi. */
enum sr_multi {
	SR_MULTI_NO,
	SR_MULTI_ANY,  /* any value satisfies the comparison */
	SR_MULTI_BOTH, /* the same, but != must hold for each */
};

/* Columns that a filter compares without calling the getter. */
enum sr_fastcol {
	SR_FAST_NO,
	SR_FAST_NUM,
	SR_FAST_TIME,
	SR_FAST_DUR,
	SR_FAST_RET,
	SR_FAST_CPU
};

typedef void (*sr_get_fn)(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx,
			  struct sr_val *out);

struct sr_field_impl {
	sr_get_fn get; /* idx: the row, or the index in the dictionary of the field's scope */
	uint32_t off;  /* for the getter */
	uint8_t style;
	uint8_t form;
	uint8_t fam;
	uint8_t multi;
	uint8_t lo, hi;
	uint8_t fast;
	bool filter_only;
	bool in_order;	   /* its value hangs on the events that it was asked of before */
	bool list_too;	   /* a text that functions of lists can have as a list */
	const char *never; /* see sr_field_never() */
	bool by_type;	   /* of EVENT scope, but types that do not read or write fix it */
	/* Whether events of a type can have the field; NULL: all can. */
	bool (*may)(const struct sr_type *t, uint32_t off);
	/* Names the field can have at all; NULL name ends it. NULL: any text. */
	const char *(*domain)(unsigned i);
};

/** sr_field_impl_of() - the row beside the field's own. */
const struct sr_field_impl *sr_field_impl_of(const struct sr_field *f);

/** sr_field_may_have() - whether an event of type @t can have the field. */
bool sr_field_may_have(const struct sr_fieldref *f, const struct sr_type *t);

/** sr_nearest() - of the names that @next gives (NULL ends them) the one most like @s, or
 *  NULL if none is near enough to be meant. */
const char *sr_nearest(const char *s, size_t len, const char *(*next)(unsigned i));

/* ---- making values ---- */

static inline void sr_set_absent(struct sr_val *out, uint8_t why)
{
	*out = (struct sr_val){ .type = SR_V_ABSENT, .why = why };
}

static inline void sr_set_int(struct sr_val *out, int64_t i)
{
	*out = (struct sr_val){ .type = SR_V_INT, .i = i };
}

static inline void sr_set_uint(struct sr_val *out, uint64_t u)
{
	*out = (struct sr_val){ .type = SR_V_UINT, .u = u };
}

static inline void sr_set_bool(struct sr_val *out, bool b)
{
	*out = (struct sr_val){ .type = SR_V_BOOL, .u = b };
}

static inline void sr_set_str(struct sr_val *out, const void *p, size_t len)
{
	*out = (struct sr_val){ .type = SR_V_STR, .s = { p ? p : "", len } };
}

static inline void sr_set_time(struct sr_val *out, uint64_t ns)
{
	*out = (struct sr_val){ .type = SR_V_TIME, .u = ns };
}

static inline void sr_set_dur(struct sr_val *out, uint64_t ns)
{
	*out = (struct sr_val){ .type = SR_V_DUR, .u = ns };
}

/** sr_set_cstr() - a string that lives as long as the program or the block; NULL: absent. */
void sr_set_cstr(struct sr_val *out, const char *s);

/** sr_set_scratch() - what was appended to the view's scratch buffer after @from. */
void sr_set_scratch(struct sr_val *out, struct sr_view *v, size_t from);

/** sr_set_dict() - string @idx of the block; 0 is absent for reason @why (SR_OK: SR_NONE). */
void sr_set_dict(struct sr_val *out, const struct sr_block *b, uint32_t idx, uint8_t why);

/* ---- getters; which rows of fields.def use them says what they are for ---- */

/* clang-format off */
#define SR_GETTERS(X) \
	X(num) X(time) X(time_s) X(time_ns) X(start) X(reltime) X(reltime_s) X(reltime_ns) \
	X(latency) X(latency_s) X(latency_ns) X(latency_human) X(outputtime) X(dir) X(type) \
	X(type_is) X(syscall_type) X(category) X(cpu) X(args) X(call) X(arg) X(rawarg) X(res) \
	X(rawres) X(failed) X(buffer) X(buflen) X(wait_latency) X(source) X(hostname) \
	X(is_io) X(io_dir) X(is_wait) X(count) X(count_error) X(is_open) X(is_open_create) \
	X(is_open_exec) X(lost) X(evt_flags) X(evt_flag) X(thread_i32) X(thread_u32) \
	X(thread_str) X(vid) X(ns) X(exe) X(args_joined) X(cmdline) X(exeline) X(env) X(cwd) X(pname) \
	X(aname) X(apid) X(exe_ino) X(exe_time) X(exe_flag) X(duration) X(pid_ts) X(nargs) \
	X(lenargs) X(leader) X(of_parent) X(of_ancestor) X(of_leader) X(pvpid) X(pidns_start) X(exe_age) X(ismain) X(nametid) X(cap) X(cgroups) X(cgroup) \
	X(loginuid) X(user_name) X(group_name) X(fd_num) X(fd_type) X(fd_typechar) X(fd_name) \
	X(fd_directory) X(fd_filename) X(fd_ip) X(fd_port) X(fd_l4proto) X(fd_sockfamily) \
	X(fd_is_server) X(fd_dev) X(fd_ino) X(fd_mode) X(fd_flag) X(fd_hostpath) X(fd_peer_ino) X(fd_peer_name) X(fs_path) X(ct_id) \
	X(ct_str) X(ct_image_part) X(ct_privileged) X(ct_label) X(ct_labels) X(ct_created) \
	X(ct_state) X(nthreads) X(loginshellid) X(user_home) X(user_shell) X(ct_mounts) X(ct_folder) X(ct_netns) X(ct_veth) X(ct_mount) X(ct_ip) X(ct_ports) X(ct_host_ns) X(ct_health) \
	X(ct_start) X(ct_duration) X(ct_raw_text) X(ct_raw_number) X(k8s) X(k8s_pod_ip) X(is_healthcheck) \
	X(k8s_pod_label) X(k8s_pod_labels) X(ct_annotation) X(ct_annotations) X(ct_chain) X(service) \
	X(none) X(is_async) X(latency_quantized) X(deltatime) X(is_syslog) X(count_error_of) \
	X(zero) X(abspath) X(fd_uid) X(fd_in_container) X(fd_proto) X(fd_name_changed) \
	X(fd_nameraw) X(fd_realpath) X(fdlist) X(fd_opencount) X(fd_limit) X(fd_usage) X(std) X(fd_types) X(syslog) X(cgroup_of) X(reason) X(cnt)
/* clang-format on */
#define SR_GETTER(name)                                                                  \
	void sr_get_##name(const struct sr_fieldref *f, struct sr_view *v, uint32_t idx, \
			   struct sr_val *out);
SR_GETTERS(SR_GETTER)
#undef SR_GETTER

/* ---- field_proc.c: of one process, by its entry; what is made is put at the end of the view's
 * scratch buffer. @arg: of proc.env, the name of a variable ---- */

typedef void (*sr_proc_fn)(struct sr_view *v, uint32_t idx, const char *arg, struct sr_val *out);
void sr_proc_exe(struct sr_view *v, uint32_t idx, const char *arg, struct sr_val *out);
void sr_proc_exepath(struct sr_view *v, uint32_t idx, const char *arg, struct sr_val *out);
void sr_proc_args(struct sr_view *v, uint32_t idx, const char *arg, struct sr_val *out);
void sr_proc_cmdline(struct sr_view *v, uint32_t idx, const char *arg, struct sr_val *out);
void sr_proc_env(struct sr_view *v, uint32_t idx, const char *arg, struct sr_val *out);
/** sr_proc_comm() - the name that string @comm is. */
void sr_proc_comm(struct sr_view *v, uint32_t comm, struct sr_val *out);
bool sr_proc_is_known(const struct sr_thread *t);

/** sr_list_next() - take the first element of a list (each ends in NUL); false at its end. */
bool sr_list_next(struct sr_str *rest, struct sr_str *elem);

/** sr_evt_returned() - the call has a result; else @why says why not. */
bool sr_evt_returned(const struct sr_block *b, uint32_t row, uint8_t *why);

/** sr_evt_has_dur() - the event has a duration; else @why says why not. */
bool sr_evt_has_dur(const struct sr_block *b, uint32_t row, uint8_t *why);

/** sr_evt_is_error() - the kernel's errors are -1 to -4095; below are addresses and numbers. */
static inline bool sr_evt_is_error(int64_t ret)
{
	return ret < 0 && ret >= -4095;
}

/** sr_evt_arg() - the column of the argument called @name, or NULL; *desc its description. */
const struct sr_col *sr_evt_arg(const struct sr_block *b, uint32_t row, const char *name,
				const struct sr_arg_desc **desc);

/** sr_ct_of() - the container of thread @idx; or NULL, and *out is absent, or "host" if @host. */
const struct sr_container *sr_ct_of(const struct sr_view *v, uint32_t idx, bool host,
				    struct sr_val *out);

#define SR_K8S_SHORT 0x80 /* in the off of a k8s field: 12 digits are enough */

/** Names that some things can have, for domains; NULL past the end. */
const char *sr_type_names(unsigned i);
const char *sr_arg_names(unsigned i); /* of arguments, once for each type that has one */
const char *sr_syslog_facility(unsigned i);
const char *sr_syslog_severity(unsigned i);

/** sr_fd_l4() - "tcp", "udp"... for fd.l4proto; NULL past the end. */
const char *sr_fd_l4(unsigned i);

/* For sr_field_impl.may: they agree with the getters. @off is that of the field. */
bool sr_evt_may_return(const struct sr_type *t, uint32_t off);
bool sr_evt_may_last(const struct sr_type *t, uint32_t off);
bool sr_evt_may_move(const struct sr_type *t, uint32_t off);
bool sr_evt_may_wait(const struct sr_type *t, uint32_t off);
bool sr_evt_may_buffer(const struct sr_type *t, uint32_t off);
bool sr_evt_may_lose(const struct sr_type *t, uint32_t off);
bool sr_fd_may_num(const struct sr_type *t, uint32_t off);
bool sr_fs_may_path(const struct sr_type *t, uint32_t off);
bool sr_evt_may_abspath(const struct sr_type *t, uint32_t off);
bool sr_evt_may_poll(const struct sr_type *t, uint32_t off);
bool sr_evt_may_write(const struct sr_type *t, uint32_t off);

/* ---- text.c ---- */

void sr_text_dur(uint64_t ns, struct sr_buf *out); /* 4.13ms */
void sr_text_time(uint64_t ns, enum sr_style style, const struct sr_view *v, struct sr_buf *out);
void sr_text_payload(const char *p, size_t len, char mode, struct sr_buf *out);

#endif /* SR_FIELD_IMPL_H */
