"""The menus of RouterOS that pages offer; any other may be typed."""

from __future__ import annotations

MENUS = (
    *("/interface", "/interface/bridge", "/interface/bridge/port", "/interface/bridge/vlan", "/interface/ethernet"),
    *("/interface/vlan", "/interface/wifi", "/interface/wireless", "/interface/wireguard", "/interface/list/member"),
    *("/ip/address", "/ip/arp", "/ip/dhcp-client", "/ip/dhcp-server", "/ip/dhcp-server/lease", "/ip/dns", "/ip/pool"),
    *("/ip/firewall/address-list", "/ip/firewall/filter", "/ip/firewall/nat", "/ip/firewall/connection", "/ip/route"),
    *("/ip/neighbor", "/ip/service", "/ipv6/address", "/ipv6/firewall/filter", "/ppp/active", "/ppp/secret"),
    *("/queue/simple", "/routing/bgp/session", "/routing/ospf/neighbor", "/system/clock", "/system/health"),
    *("/system/history", "/system/logging", "/system/ntp/client", "/system/package", "/system/resource"),
    *("/system/scheduler", "/system/script", "/user", "/user/active", "/certificate", "/snmp", "/tool/netwatch"),
)
