/* SPDX-License-Identifier: Apache-2.0 */
/* How much was read and written in each second? */
#define NAME	 "iobytes"
#define CATEGORY "I/O"
#define SUMMARY	 "Bytes read and written in each second"
#define FILTER	 "evt.is_io=true"
#include "chisels/plugins/iobytes.h"
