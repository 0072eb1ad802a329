"""What properties are as long as nobody says otherwise, where that is the same in all versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from routeros.export import lexer

_USUAL: Final = r"""
/caps-man/manager ca-certificate=none certificate=none enabled=no package-path="" require-peer-certificate=no
  upgrade-policy=none
/certificate days-valid=365 key-size=2048
  key-usage=digital-signature,key-encipherment,data-encipherment,key-cert-sign,crl-sign,tls-server,tls-client
  trusted=no
/interface/bonding arp=enabled arp-timeout=auto lacp-rate=30secs link-monitoring=mii mii-interval=100ms min-links=0
  mode=balance-rr mtu=1500 primary=none transmit-hash-policy=layer-2
/interface/bridge admin-mac="" ageing-time=5m arp=enabled arp-timeout=auto auto-mac=yes dhcp-snooping=no
  ether-type=0x8100 fast-forward=yes forward-delay=15s frame-types=admit-all igmp-snooping=no ingress-filtering=yes
  max-learned-entries=auto max-message-age=20s mtu=auto port-cost-mode=long priority=0x8000 protocol-mode=rstp
  pvid=1 transmit-hold-count=6 vlan-filtering=no
/interface/bridge/port auto-isolate=no bpdu-guard=no broadcast-flood=yes edge=auto fast-leave=no
  frame-types=admit-all horizon=none hw=yes ingress-filtering=yes internal-path-cost=10 learn=auto
  multicast-router=temporary-query path-cost=10 point-to-point=auto priority=0x80 pvid=1 restricted-role=no
  restricted-tcn=no tag-stacking=no trusted=no unknown-multicast-flood=yes unknown-unicast-flood=yes
/interface/bridge/settings allow-fast-path=yes use-ip-firewall=no use-ip-firewall-for-pppoe=no
  use-ip-firewall-for-vlan=no
/interface/bridge/vlan tagged="" untagged=""
/interface/ethernet arp=enabled arp-timeout=auto auto-negotiation=yes disable-running-check=yes loop-protect=default
  loop-protect-disable-time=5m loop-protect-send-interval=5s mtu=1500 rx-flow-control=off tx-flow-control=off
/interface/ethernet/poe poe-out=auto-on poe-priority=10 power-cycle-interval=none power-cycle-ping-enabled=no
/interface/ethernet/switch l3-hw-offloading=no mirror-source=none mirror-target=none
/interface/list exclude="" include=""
/interface/lte/apn add-default-route=yes apn=internet default-route-distance=2 ip-type=auto use-network-apn=yes
  use-peer-dns=yes
/interface/pppoe-client ac-name="" add-default-route=no allow=pap,chap,mschap1,mschap2 default-route-distance=1
  dial-on-demand=no disabled=yes keepalive-timeout=10 max-mru=auto max-mtu=auto mrru=disabled password=""
  profile=default service-name="" use-peer-dns=no user=""
/interface/vlan arp=enabled arp-timeout=auto loop-protect=default loop-protect-disable-time=5m
  loop-protect-send-interval=5s mtu=1500 use-service-tag=no
/interface/wifi arp-timeout=auto disabled=yes l2mtu=1560
/interface/wifiwave2 arp-timeout=auto disabled=yes l2mtu=1600
/interface/wireguard mtu=1420
/interface/wireguard/peers endpoint-address="" endpoint-port=0
/interface/wireless arp=enabled arp-timeout=auto channel-width=20mhz country=etsi default-authentication=yes
  default-forwarding=yes disabled=yes distance=dynamic frequency-mode=regulatory-domain hide-ssid=no
  installation=any l2mtu=1600 max-station-count=2007 mode=ap-bridge mtu=1500 security-profile=default tx-power=""
  tx-power-mode=default wireless-protocol=any wps-mode=push-button
/interface/wireless/security-profiles authentication-types="" disable-pmkid=no eap-methods="" group-ciphers=aes-ccm
  group-key-update=5m management-protection=disabled management-protection-key="" mode=none mschapv2-password=""
  mschapv2-username="" radius-eap-accounting=no radius-mac-accounting=no radius-mac-authentication=no
  radius-mac-caching=disabled radius-mac-format=XX:XX:XX:XX:XX:XX radius-mac-mode=as-username
  supplicant-identity=MikroTik tls-certificate=none tls-mode=no-certificates unicast-ciphers=aes-ccm
  wpa-pre-shared-key="" wpa2-pre-shared-key=""
/ip/arp address=0.0.0.0 mac-address=00:00:00:00:00:00 published=no
/ip/cloud ddns-enabled=auto ddns-update-interval=none update-time=yes
/ip/dhcp-client add-default-route=yes check-gateway=none default-route-distance=1 dhcp-options=hostname,clientid
  use-peer-dns=yes use-peer-ntp=yes
/ip/dhcp-relay add-relay-info=no dhcp-server-vrf=main disabled=yes local-address-as-src-ip=no
/ip/dhcp-server add-arp=no address-pool=static-only authoritative=yes bootp-lease-time=forever lease-script=""
  lease-time=10m use-radius=no
/ip/dhcp-server/lease address-lists="" always-broadcast=no block-access=no dhcp-option=""
/ip/dhcp-server/network boot-file-name="" caps-manager="" dhcp-option="" dhcp-option-set="" dns-none=no
  dns-server="" domain="" gateway="" ntp-server="" wins-server=""
/ip/dns address-list-extra-time=0s allow-remote-requests=no cache-max-ttl=1w cache-size=2048KiB
  doh-max-concurrent-queries=50 doh-max-server-connections=5 doh-timeout=5s max-concurrent-queries=100
  max-concurrent-tcp-sessions=20 max-udp-packet-size=4096 query-server-timeout=2s query-total-timeout=10s servers=""
  use-doh-server="" verify-doh-cert=no vrf=main
/ip/dns/static match-subdomain=no ttl=1d
/ip/firewall/connection/tracking enabled=auto generic-timeout=10m icmp-timeout=10s liberal-tcp-tracking=no
  loose-tcp-tracking=yes tcp-close-timeout=10s tcp-close-wait-timeout=10s tcp-established-timeout=1d
  tcp-fin-wait-timeout=10s tcp-last-ack-timeout=10s tcp-max-retrans-timeout=5m tcp-syn-received-timeout=5s
  tcp-syn-sent-timeout=5s tcp-time-wait-timeout=10s tcp-unacked-timeout=5m udp-stream-timeout=3m udp-timeout=10s
/ip/firewall/filter action=accept hw-offload=yes log=no log-prefix=""
/ip/firewall/mangle action=accept log=no log-prefix="" passthrough=yes
/ip/firewall/nat action=accept log=no log-prefix="" randomise-ports=no same-not-by-dst=no
/ip/firewall/raw action=accept log=no log-prefix=""
/ipv6/firewall/filter action=accept log=no log-prefix=""
/ip/neighbor/discovery-settings discover-interface-list=!dynamic discover-interval=30s
  lldp-med-net-policy-vlan=disabled mode=tx-and-rx protocol=cdp,lldp,mndp
/ip/pool next-pool=none
/ip/route distance=1 dst-address=0.0.0.0/0 routing-table=main scope=30 suppress-hw-offload=no target-scope=10
  type=unicast
/ip/service address="" available-from="" certificate=none max-sessions=20 tls-version=any vrf=main
/ip/settings accept-redirects=no accept-source-route=no allow-fast-path=yes arp-timeout=30s icmp-rate-limit=10
  icmp-rate-mask=0x1818 ip-forward=yes ipv4-multipath-hash-policy=l3 max-neighbor-entries=8192 route-cache=yes
  rp-filter=no secure-redirects=yes send-redirects=yes tcp-syncookies=no
/ip/ssh allow-none-crypto=no always-allow-password-login=no ciphers=auto forwarding-enabled=no host-key-size=2048
  host-key-type=rsa password-authentication=yes-if-no-key strong-crypto=no
/ip/upnp allow-disable-external-interface=no enabled=no show-dummy-rule=yes
/ipv6/address advertise=yes eui-64=no from-pool="" no-dad=no
/ipv6/nd advertise-dns=yes advertise-mac-address=yes dns="" hop-limit=unspecified managed-address-configuration=no
  mtu=unspecified other-configuration=no ra-delay=3s ra-interval=3m20s-10m ra-lifetime=30m ra-preference=medium
  reachable-time=unspecified retransmit-interval=unspecified
/ipv6/settings accept-redirects=yes-if-forwarding-disabled accept-router-advertisements=yes-if-forwarding-disabled
  disable-ipv6=no forward=yes max-neighbor-entries=8192 multipath-hash-policy=l3
/port baud-rate=115200 data-bits=8 flow-control=none parity=none stop-bits=1
/ppp/profile address-list="" bridge-learning=default change-tcp-mss=yes on-down="" on-up="" only-one=default
  use-compression=default use-encryption=default use-ipv6=yes use-mpls=default use-upnp=default
/ppp/secret caller-id="" ipv6-routes="" limit-bytes-in=0 limit-bytes-out=0 password="" profile=default service=any
/queue/simple bucket-size=0.1/0.1 burst-limit=0/0 burst-threshold=0/0 burst-time=0s/0s limit-at=0/0 max-limit=0/0
  packet-marks="" parent=none priority=8/8 queue=default-small/default-small
/queue/tree bucket-size=0.1 burst-limit=0 burst-threshold=0 burst-time=0s limit-at=0 max-limit=0 packet-mark=""
  priority=8 queue=default-small
/queue/type bfifo-limit=15000 cake-diffserv=diffserv3 cake-rtt=100ms fq-codel-flows=1024 fq-codel-limit=10240
  mq-pfifo-limit=50 pcq-classifier="" pcq-limit=50 pcq-rate=0 pcq-total-limit=2000 pfifo-limit=50
  red-avg-packet=1000 red-burst=20 red-limit=60 red-max-threshold=50 red-min-threshold=10 sfq-allot=1514
  sfq-perturb=5
/routing/bgp/connection connect=yes listen=yes multihop=no output.as-override=no output.remove-private-as=no
  use-bfd=no
/routing/bgp/instance ignore-as-path-len=no routing-table=main vrf=main
/routing/bgp/peer address-families=ip as-override=no default-originate=never hold-time=3m in-filter=""
  instance=default multihop=no nexthop-choice=default out-filter="" passive=no remove-private-as=no route-reflect=no
  tcp-md5-key="" ttl=default use-bfd=no
/routing/bgp/template hold-time=3m keepalive-time=3m multihop=no nexthop-choice=default output.as-override=no
  output.default-originate=never output.remove-private-as=no router-id=main routing-table=main use-bfd=no vrf=main
/routing/ospf/area area-id=0.0.0.0 type=default
/routing/ospf/instance distribute-default=never version=2 vrf=main
/routing/ospf/interface-template cost=1 dead-interval=40s hello-interval=10s priority=128 retransmit-interval=5s
  transmit-delay=1s type=broadcast
/snmp contact="" enabled=no engine-id-suffix="" location="" src-address=:: trap-community=public
  trap-generators=temp-exception trap-interfaces="" trap-target="" trap-version=1 vrf=main
/snmp/community addresses=::/0 authentication-password="" authentication-protocol=MD5 encryption-password=""
  encryption-protocol=DES read-access=yes security=none write-access=no
/system/clock time-zone-autodetect=yes time-zone-name=manual
/system/identity name=MikroTik
/system/logging action=memory prefix="" regex="" topics=""
/system/logging/action bsd-syslog=no disk-file-count=2 disk-file-name=log disk-lines-per-file=1000
  disk-stop-on-full=no email-start-tls=no email-to="" memory-lines=1000 memory-stop-on-full=no remember=yes
  remote=0.0.0.0 remote-log-format=default remote-port=514 remote-protocol=udp src-address=0.0.0.0
  syslog-facility=daemon syslog-severity=auto
/system/note note="" show-at-cli-login=no show-at-login=yes
/system/ntp/client enabled=no mode=unicast primary-ntp=0.0.0.0 secondary-ntp=0.0.0.0 server-dns-names="" servers=""
  vrf=main
/system/ntp/client/servers auth-key=none iburst=yes max-poll=10 min-poll=6
/system/ntp/server broadcast=no broadcast-addresses="" enabled=no local-clock-stratum=5 manycast=no multicast=no
  use-local-clock=no vrf=main
/system/routerboard/settings enter-setup-on=any-key
/system/scheduler interval=0s on-event="" policy=ftp,reboot,read,write,policy,test,password,sniff,sensitive,romon
/system/script dont-require-permissions=no policy=ftp,reboot,read,write,policy,test,password,sniff,sensitive,romon
  source=""
/system/swos address-acquisition-mode=dhcp-with-fallback allow-from=0.0.0.0/0 allow-from-ports="" allow-from-vlan=0
  identity=MikroTik static-ip-address=192.168.88.1
/system/watchdog auto-send-supout=no automatic-supout=yes ping-start-after-boot=5m ping-timeout=1m
  send-email-from=none send-email-to=none send-smtp-server=none watch-address=none watchdog-timer=yes
/tool/bandwidth-server allocate-udp-ports-from=2000 allowed-addresses4="" authenticate=yes enabled=yes
  max-sessions=100
/tool/graphing page-refresh=300 store-every=5min
/tool/mac-server allowed-interface-list=all
/tool/mac-server/mac-winbox allowed-interface-list=all
/tool/netwatch type=simple
/tool/sniffer file-limit=1000KiB file-name="" filter-cpu="" filter-direction=any filter-interface=""
  filter-ip-address="" filter-ip-protocol="" filter-ipv6-address="" filter-mac-address="" filter-mac-protocol=""
  filter-operator-between-entries=or filter-port="" filter-size="" filter-stream=no memory-limit=100KiB
  memory-scroll=yes only-headers=no streaming-enabled=no streaming-server=0.0.0.0:37008
/user/group skin=default
"""
"""Of each menu the properties with their defaults; elsewhere ``disabled=no`` and an empty comment are meant.

Those that a device makes up itself (keys, MAC addresses) have none.
"""


def _menus() -> Iterator[tuple[str, Mapping[str, str]]]:
    for line in _USUAL.strip().replace("\n  ", " ").split("\n"):
        menu, *words = lexer.split(line)
        pairs = (word.partition("=") for word in words)
        yield menu, {name: lexer.unquote(value) for name, _, value in pairs}


DEFAULTS: Final = dict(_menus())

_EVERYWHERE: Final[Mapping[str, str]] = {"disabled": "no", "comment": ""}


_PORTS: Final[Mapping[str, str]] = {
    "api": "8728",
    "api-ssl": "8729",
    "ftp": "21",
    "ssh": "22",
    "telnet": "23",
    "winbox": "8291",
    "www": "80",
    "www-ssl": "443",
}
ROWS: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    **{("/ip/service", service): {"port": port} for service, port in _PORTS.items()},
    ("/ip/service", "www-ssl"): {"port": "443", "disabled": "yes"},
}
"""Defaults that one row of a menu has for itself, by its name."""


def usual(menu: str, name: str, row: str = "") -> str | None:
    """Tell what a property of a row of this name is where nothing is said of it; None where that is not known."""
    own = ROWS.get((menu, row), {}).get(name)
    known = DEFAULTS.get(menu, {}).get(name) if own is None else own
    return _EVERYWHERE.get(name) if known is None else known
