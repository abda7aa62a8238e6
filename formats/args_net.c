/* SPDX-License-Identifier: Apache-2.0 */
/* What ioctl says of network interfaces: struct ifreq, whose second half is what the command
 * asks for, and struct ifconf. */
#include "formats/args_emit.h"
#include "formats/base/cur.h"

#include <linux/sockios.h>
#include <net/if.h>

#define TUN_SET 0x400454cau /* TUNSETIFF */
#define TUN_GET 0x800454d2u

static void put_number(struct sr_emit *e, const char *name, enum sr_args_form form, unsigned xlat,
		       struct sr_cur c)
{
	sr_emit_key(e, name);
	sr_emit_num(e, form, 4, xlat, sr_cur_u32(&c));
}

static void put_flags(struct sr_emit *e, unsigned xlat, struct sr_cur c)
{
	sr_emit_key(e, "ifr_flags");
	sr_emit_num(e, SR_FORM_FLAGS, 4, xlat, sr_cur_u16(&c));
}

/* The rest of the structure is a socket address. */
static void put_address(struct sr_emit *e, const char *name, struct sr_cur c)
{
	sr_emit_key(e, name);
	(void)sr_emit_sockaddr(e, c.p, 16); /* there are enough bytes */
}

static void put_hwaddr(struct sr_emit *e, struct sr_cur c)
{
	(void)sr_cur_u16(&c); /* family: a kind of hardware */
	sr_emit_key(e, "ifr_hwaddr");
	sr_buf_putc(e->out, '"');
	for (int i = 0; i < 6; i++) {
		uint8_t byte = sr_cur_u8(&c);

		if (i)
			sr_buf_putc(e->out, ':');
		sr_args_hex_bytes(&byte, 1, e->out);
	}
	sr_buf_putc(e->out, '"');
}

static void put_asked(struct sr_emit *e, uint32_t command, struct sr_cur c)
{
	switch (command) {
	case SIOCGIFFLAGS:
	case SIOCSIFFLAGS:
		put_flags(e, SR_XLAT_if_flags, c);
		break;
	case TUN_SET:
	case TUN_GET:
		put_flags(e, SR_XLAT_tun_flags, c);
		break;
	case SIOCGIFADDR:
	case SIOCSIFADDR:
		put_address(e, "ifr_addr", c);
		break;
	case SIOCGIFDSTADDR:
		put_address(e, "ifr_dstaddr", c);
		break;
	case SIOCGIFBRDADDR:
		put_address(e, "ifr_broadaddr", c);
		break;
	case SIOCGIFNETMASK:
	case SIOCSIFNETMASK:
		put_address(e, "ifr_netmask", c);
		break;
	case SIOCGIFHWADDR:
	case SIOCSIFHWADDR:
		put_hwaddr(e, c);
		break;
	case SIOCGIFMTU:
	case SIOCSIFMTU:
		put_number(e, "ifr_mtu", SR_FORM_DEC, SR_XLAT_none, c);
		break;
	case SIOCGIFMETRIC:
		put_number(e, "ifr_metric", SR_FORM_DEC, SR_XLAT_none, c);
		break;
	case SIOCGIFTXQLEN:
		put_number(e, "ifr_qlen", SR_FORM_DEC, SR_XLAT_none, c);
		break;
	case SIOCETHTOOL:
		sr_emit_key(e, "ifr_data");
		sr_emit_num(e, SR_FORM_PTR, 8, SR_XLAT_none, sr_cur_u64(&c));
		break;
	default: /* SIOCGIFNAME, SIOCGIFINDEX, SIOCBRADDIF */
		put_number(e, "ifr_ifindex", SR_FORM_DEC, SR_XLAT_none, c);
	}
}

/* Does the caller give it, rather than ask for it? */
static bool is_given(uint32_t command)
{
	switch (command) {
	case SIOCSIFFLAGS:
	case SIOCSIFADDR:
	case SIOCSIFNETMASK:
	case SIOCSIFHWADDR:
	case SIOCSIFMTU:
	case SIOCETHTOOL:
	case SIOCBRADDIF:
	case TUN_SET:
		return true;
	default:
		return false;
	}
}

/* Of a call that failed, what was asked for is not there. */
bool sr_decode_ifreq(struct sr_emit *e)
{
	const struct sr_args_ref *a = e->a;
	struct sr_cur c = sr_cur(a->p, a->len);
	const char *name = sr_cur_bytes(&c, IFNAMSIZ);
	struct sr_args_ref command;

	if (!name || c.left < 16 || !a->idx || !sr_args_get(a->b, a->row, a->idx - 1, &command))
		return false;
	sr_emit_begin(e, '{');
	sr_emit_key(e, "ifr_name");
	sr_emit_str(e, name, strnlen(name, IFNAMSIZ), false, 0);
	if (a->b->ret[a->row] >= 0 || is_given((uint32_t)command.val))
		put_asked(e, (uint32_t)command.val, c);
	sr_emit_end(e, '}');
	return true;
}

bool sr_decode_ifconf(struct sr_emit *e)
{
	struct sr_cur c = sr_cur(e->a->p, e->a->len);
	uint32_t len = sr_cur_u32(&c);
	uint64_t at;

	(void)sr_cur_u32(&c); /* padding */
	at = sr_cur_u64(&c);
	if (c.bad)
		return false;
	sr_emit_begin(e, '{');
	sr_emit_key(e, "ifc_len");
	sr_emit_num(e, SR_FORM_DEC, 4, SR_XLAT_none, len);
	sr_emit_key(e, "ifc_buf");
	sr_emit_num(e, SR_FORM_PTR, 8, SR_XLAT_none, at);
	sr_emit_end(e, '}');
	return true;
}
