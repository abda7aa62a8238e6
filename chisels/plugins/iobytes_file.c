/* SPDX-License-Identifier: Apache-2.0 */
/* How much was read from and written to files in each second? */
#define NAME	 "iobytes_file"
#define CATEGORY "I/O"
#define SUMMARY	 "Bytes read from and written to files in each second"
#define FILTER	 "evt.is_io=true and fd.type=file"
#include "chisels/plugins/iobytes.h"
