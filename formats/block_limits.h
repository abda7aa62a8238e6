/* SPDX-License-Identifier: Apache-2.0 */
/* How large one block may be. The builder keeps to these limits and the reader
 * refuses what is above them, so that neither a long recording nor a hostile
 * file decides how much memory is used. docs/reel-format.md repeats them. */
#ifndef SR_BLOCK_LIMITS_H
#define SR_BLOCK_LIMITS_H

/* Events: a block is what a reader holds in memory; 32768 are usual. With 2^20 all columns
 * of the widest type (8 arguments of 21 bytes, 42 for the row) stay near 220 MiB. */
#define SR_BLOCK_MAX_EVENTS  (1u << 20)

/* Types: the type column has 16 bits. */
#define SR_BLOCK_MAX_TYPES   65535u

/* Length of a type's name: one that people can read; the longest of ours has 23 bytes. */
#define SR_BLOCK_MAX_NAME    255u

/* Entries of the thread, file and cgroup dictionaries (entry 0 included): as many as there
 * may be events. A reader needs some 400 bytes for a thread. */
#define SR_BLOCK_MAX_ENTRIES (1u << 20)

/* Strings: four for each event. A reader needs 16 bytes for each beside its text. */
#define SR_BLOCK_MAX_STRINGS (1u << 22)

/* Text of all strings, and payloads without repeats: both are stored shorter than they are. More
 * than a builder accepts. */
#define SR_BLOCK_MAX_TEXT    (256u << 20)
#define SR_BLOCK_MAX_HEAP    (256u << 20)

/* What a builder accepts, in bytes of memory (a source hands out a block long before). Packed
 * it is then below SR_FRAME_MAX_PAYLOAD even if nothing can be compressed. */
#define SR_BLOCK_MAX_BYTES   (192u << 20)

/* Of a frame's payload: keeps what a damaged length can make a reader read within reason. */
#define SR_FRAME_MAX_PAYLOAD (256u << 20)

/* Of all groups of a block, decompressed: four times the above, well below 2^32. */
#define SR_FRAME_MAX_RAW     (1u << 30)

/* Of a JSON document: what a runtime tells about a container has some 10 KiB; parsed it takes
 * several times its length. */
#define SR_META_MAX	     (16u << 20)

#endif /* SR_BLOCK_LIMITS_H */
