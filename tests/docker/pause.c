/* SPDX-License-Identifier: Apache-2.0 */
/* The first process of a pod's sandbox: it holds the namespaces, and does nothing. */
#include <signal.h>
#include <unistd.h>

static void done(int sig)
{
	(void)sig;
	_exit(0);
}

int main(void)
{
	(void)signal(SIGTERM, done);
	for (;;)
		(void)pause();
}
