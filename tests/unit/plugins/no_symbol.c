/* SPDX-License-Identifier: Apache-2.0 */
/* A library that is not a chisel. */
int sr_test_nothing(void);

int sr_test_nothing(void)
{
	return 0;
}
