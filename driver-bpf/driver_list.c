/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the iterators: what exists when recording begins, what has not ended when it does. */
#include "driver-bpf/driver_impl.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* One over the elements of a map: requests of io_uring. */
static struct bpf_link *attach_requests(struct sr_driver *d, const struct bpf_program *prog)
{
	union bpf_iter_link_info map = { .map.map_fd = (uint32_t)bpf_map__fd(
						 d->skel->maps.uring_requests) };
	LIBBPF_OPTS(bpf_iter_attach_opts, o, .link_info = &map, .link_info_len = sizeof(map));

	return bpf_program__attach_iter(prog, &o);
}

static int listing_begin(struct sr_driver *d, const struct bpf_program *prog)
{
	struct sr_listing *l = &d->listing;
	int rc;

	if (prog == sr_driver_program(d, "sr_uring_inflight"))
		l->link = attach_requests(d, prog);
	else
		l->link = bpf_program__attach_iter(prog, NULL);
	if (!l->link)
		return -errno;
	l->fd = bpf_iter_create(bpf_link__fd(l->link));
	if (l->fd >= 0)
		return 0;
	rc = -errno;
	bpf_link__destroy(l->link);
	l->link = NULL;
	return rc;
}

void sr_driver_listing_end(struct sr_driver *d)
{
	if (!d->listing.link)
		return;
	(void)close(d->listing.fd); /* nothing is written through it */
	bpf_link__destroy(d->listing.link);
	d->listing.link = NULL;
}

/* As the programs see it. */
static bool last_log_is_full(const struct sr_driver *d)
{
	const struct sr_ctl *c = d->logs[d->ncpu].ctl;

	return (uint32_t)(c->head >> 32) + 1 - (uint32_t)c->tail >= d->chunks;
}

/* Run an iterator, or go on with it. Return 0 at its end; 1: the log is full. */
static int run_iterator(struct sr_driver *d, const struct bpf_program *prog, struct sr_err *err)
{
	unsigned int pauses = 0; /* of the kernel's own: one in a million objects */
	char buf[256];
	ssize_t n;
	int rc = d->listing.link ? 0 : listing_begin(d, prog);

	while (!rc) {
		n = read(d->listing.fd, buf, sizeof(buf));
		if (n == 0)
			break;
		if (n > 0 || errno == EINTR)
			continue;
		if (errno == EAGAIN && last_log_is_full(d))
			return 1;
		if (errno != EAGAIN || ++pauses > 1000)
			rc = -errno;
	}
	sr_driver_listing_end(d);
	return rc ? sr_err_set(err, rc, SR_NO_POS, "cannot list what exists: %s", strerror(-rc))
		  : 0;
}

/* Run two iterators, as far as they are loaded, or go on with them; returns as run_iterator(). */
static int run_iterators(struct sr_driver *d, const char *const names[2], struct sr_err *err)
{
	const struct bpf_program *prog;
	int rc = 0;

	for (; !rc && d->listing.next < 2; d->listing.next += !rc) {
		prog = sr_driver_program(d, names[d->listing.next]);
		if (prog)
			rc = run_iterator(d, prog, err);
	}
	if (rc != 1)
		d->listing.next = 0;
	return rc;
}

int sr_driver_snapshot(struct sr_driver *d, struct sr_err *err)
{
	static const char *const names[2] = { "sr_iter_task", "sr_iter_file" };

	return run_iterators(d, names, err);
}

int sr_driver_stop(struct sr_driver *d, struct sr_err *err)
{
	static const char *const names[2] = { "sr_iter_inflight", "sr_uring_inflight" };
	int rc;

	if (!d->stopped) {
		d->stopped = true;
		d->skel->bss->live.paused = d->raw ? SR_PAUSED : SR_ENDING;
		sr_driver_listing_end(d); /* of a snapshot that is not complete yet */
		d->listing.next = 0;
	}
	/* the programs see calls return, and requests end, until all that have not are listed */
	rc = run_iterators(d, names, err);
	if (rc != 1) {
		d->skel->bss->live.paused = SR_PAUSED;
		sr_driver_detach(d);
	}
	return rc;
}
