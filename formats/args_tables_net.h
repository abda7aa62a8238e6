/* SPDX-License-Identifier: Apache-2.0 */
/* The same for what socket options point to. Those with 32 in the name are laid out by 32-bit
 * programs. */
#ifndef SR_ARGS_TABLES_NET_H
#define SR_ARGS_TABLES_NET_H

#include "formats/args_tables.h"

static const struct member linger_m[] = { M(l_onoff, 0, 4, DEC), M(l_linger, 4, 4, DEC) };
static const struct member ucred_m[] = { M(pid, 0, 4, DEC), M(uid, 4, 4, ID), M(gid, 8, 4, ID) };
static const struct member fprog_m[] = { M(len, 0, 2, UDEC), M(filter, 8, 8, PTR) };
static const struct member fprog32_m[] = { M(len, 0, 2, UDEC), M(filter, 4, 4, PTR) };
static const struct member txtime_m[] = {
	X(clockid, 0, 4, ENUM, clock_id),
	M(flags, 4, 4, HEX),
};
static const struct member mreq_m[] = { S(imr_multiaddr, 0, 4, IP4), S(imr_interface, 4, 4, IP4) };
static const struct member mreqn_m[] = {
	S(imr_multiaddr, 0, 4, IP4),
	S(imr_address, 4, 4, IP4),
	M(imr_ifindex, 8, 4, DEC),
};
static const struct member mreq_source_m[] = {
	S(imr_multiaddr, 0, 4, IP4),
	S(imr_interface, 4, 4, IP4),
	S(imr_sourceaddr, 8, 4, IP4),
};
static const struct member mreq6_m[] = {
	S(ipv6mr_multiaddr, 0, 16, IP6),
	M(ipv6mr_interface, 16, 4, DEC),
};
static const struct member pktinfo6_m[] = {
	S(ipi6_addr, 0, 16, IP6),
	M(ipi6_ifindex, 16, 4, DEC),
};
static const struct member group_m[] = {
	M(gr_interface, 0, 4, UDEC),
	S(gr_group, 8, 128, SOCKADDR),
};
static const struct member group_source_m[] = {
	M(gsr_interface, 0, 4, UDEC),
	S(gsr_group, 8, 128, SOCKADDR),
	S(gsr_source, 136, 128, SOCKADDR),
};
static const struct member group32_m[] = {
	M(gr_interface, 0, 4, UDEC),
	S(gr_group, 4, 128, SOCKADDR),
};
static const struct member group_source32_m[] = {
	M(gsr_interface, 0, 4, UDEC),
	S(gsr_group, 4, 128, SOCKADDR),
	S(gsr_source, 132, 128, SOCKADDR),
};
static const struct member pktinfo_m[] = {
	M(ipi_ifindex, 0, 4, DEC),
	S(ipi_spec_dst, 4, 4, IP4),
	S(ipi_addr, 8, 4, IP4),
};
static const struct member extended_err_m[] = {
	M(ee_errno, 0, 4, ERRNO),      M(ee_origin, 4, 1, UDEC), M(ee_type, 5, 1, UDEC),
	M(ee_code, 6, 1, UDEC),	       M(ee_info, 8, 4, UDEC),	 D(ee_data, 12, 4, UDEC),
	S(offender, 16, 16, SOCKADDR),
};
static const struct member timestamping_m[] = {
	S(software, 0, 16, TIMESPEC),
	S(hardware, 32, 16, TIMESPEC),
};
static const struct member packet_mreq_m[] = {
	M(mr_ifindex, 0, 4, DEC),
	X(mr_type, 4, 2, ENUM, packet_mr_type),
	M(mr_alen, 6, 2, UDEC),
};
static const struct member packet_ring_m[] = {
	M(tp_block_size, 0, 4, UDEC),
	M(tp_block_nr, 4, 4, UDEC),
	M(tp_frame_size, 8, 4, UDEC),
	M(tp_frame_nr, 12, 4, UDEC),
};
static const struct member packet_stats_m[] = {
	M(tp_packets, 0, 4, UDEC),
	M(tp_drops, 4, 4, UDEC),
};
/* A kernel that is older writes less of it. */
static const struct member tcp_info_m[] = {
	X(tcpi_state, 0, 1, ENUM, tcp_state),
	XD(tcpi_ca_state, 1, 1, ENUM, tcp_ca_state),
	M(tcpi_retransmits, 2, 1, UDEC),
	D(tcpi_probes, 3, 1, UDEC),
	D(tcpi_backoff, 4, 1, UDEC),
	D(tcpi_options, 5, 1, HEX),
	M(tcpi_rto, 8, 4, UDEC),
	D(tcpi_ato, 12, 4, UDEC),
	M(tcpi_snd_mss, 16, 4, UDEC),
	D(tcpi_rcv_mss, 20, 4, UDEC),
	M(tcpi_unacked, 24, 4, UDEC),
	D(tcpi_sacked, 28, 4, UDEC),
	M(tcpi_lost, 32, 4, UDEC),
	M(tcpi_retrans, 36, 4, UDEC),
	D(tcpi_last_data_sent, 44, 4, UDEC),
	D(tcpi_last_data_recv, 52, 4, UDEC),
	D(tcpi_last_ack_recv, 56, 4, UDEC),
	D(tcpi_pmtu, 60, 4, UDEC),
	D(tcpi_rcv_ssthresh, 64, 4, UDEC),
	M(tcpi_rtt, 68, 4, UDEC),
	M(tcpi_rttvar, 72, 4, UDEC),
	D(tcpi_snd_ssthresh, 76, 4, UDEC),
	M(tcpi_snd_cwnd, 80, 4, UDEC),
	D(tcpi_advmss, 84, 4, UDEC),
	D(tcpi_reordering, 88, 4, UDEC),
	D(tcpi_rcv_rtt, 92, 4, UDEC),
	D(tcpi_rcv_space, 96, 4, UDEC),
	M(tcpi_total_retrans, 100, 4, UDEC),
	D(tcpi_pacing_rate, 104, 8, UDEC),
	D(tcpi_max_pacing_rate, 112, 8, UDEC),
	D(tcpi_bytes_acked, 120, 8, UDEC),
	D(tcpi_bytes_received, 128, 8, UDEC),
	D(tcpi_segs_out, 136, 4, UDEC),
	D(tcpi_segs_in, 140, 4, UDEC),
	D(tcpi_notsent_bytes, 144, 4, UDEC),
	D(tcpi_min_rtt, 148, 4, UDEC),
	D(tcpi_data_segs_in, 152, 4, UDEC),
	D(tcpi_data_segs_out, 156, 4, UDEC),
	D(tcpi_delivery_rate, 160, 8, UDEC),
	D(tcpi_busy_time, 168, 8, UDEC),
	D(tcpi_rwnd_limited, 176, 8, UDEC),
	D(tcpi_sndbuf_limited, 184, 8, UDEC),
	D(tcpi_delivered, 192, 4, UDEC),
	D(tcpi_delivered_ce, 196, 4, UDEC),
	D(tcpi_bytes_sent, 200, 8, UDEC),
	D(tcpi_bytes_retrans, 208, 8, UDEC),
	D(tcpi_dsack_dups, 216, 4, UDEC),
	D(tcpi_reord_seen, 220, 4, UDEC),
	D(tcpi_rcv_ooopack, 224, 4, UDEC),
	D(tcpi_snd_wnd, 228, 4, UDEC),
};

#endif /* SR_ARGS_TABLES_NET_H */
