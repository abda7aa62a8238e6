/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The floor under every tracer of system calls: two programs that do nothing. */
#define SEC(name) __attribute__((section(name), used))

SEC("tp_btf/sys_enter")
int floor_enter(void *ctx)
{
	(void)ctx;
	return 0;
}

SEC("tp_btf/sys_exit")
int floor_exit(void *ctx)
{
	(void)ctx;
	return 0;
}

SEC("license") char floor_license[] = "GPL";
