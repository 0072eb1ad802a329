"""wAP ac: an outdoor v7 access point that kept the older wireless driver, as a package of its own from 7.13."""

from routeros.simulator.device.persona import MIB, Board, Driver, Persona, Ports, Radio, Role, Sensor

WAP_AC = Persona(
    name="wap_ac",
    role=Role.ACCESS_POINT,
    board=Board(
        name="wAP ac",
        model="RBwAPG-5HacT2HnD",
        architecture="mipsbe",
        cpu="MIPS 74Kc V5.0",
        cores=1,
        frequency=720,
        memory=64 * MIB,
        disk=16 * MIB,
        firmware="qca9550",
    ),
    versions=("7.12.1", "7.16.2", "7.20.6"),
    ports=(Ports("ether", 1, 1000),),
    driver=Driver.WIRELESS,
    radios=(Radio("2ghz-b/g/n", 2462, 8), Radio("5ghz-a/n/ac", 5180, 12)),
    sensors=(
        Sensor("voltage", "V", base=23.4, wobble=0.2, places=1),
        Sensor("temperature", "C", base=31, load=10, wobble=2.5),
    ),
    factory="6.45.9",
    packages={"routeros": 11_400_000, "wireless": 1_300_000},
    weight=2.5,
    idle_cpu=5.0,
    busy_cpu=18.0,
)
