"""CRS328: a v7 access switch that feeds 24 ports. Only where it is asked for by name."""

from routeros.simulator.device.persona import MIB, Board, Persona, Ports, Role, Sensor

CRS328 = Persona(
    name="crs328",
    role=Role.SWITCH,
    board=Board(
        name="CRS328-24P-4S+",
        model="CRS328-24P-4S+",
        architecture="arm",
        cpu="ARM",
        cores=1,
        frequency=800,
        memory=512 * MIB,
        disk=16 * MIB,
        firmware="dx3230L",
    ),
    versions=("7.16.2", "7.20.6"),
    ports=(Ports("ether", 24, 1000), Ports("sfp-sfpplus", 4, 10_000)),
    sensors=(
        Sensor("board-temperature1", "C", base=34, load=6, wobble=1),
        Sensor("fan1-speed", "RPM", base=4020, load=900, wobble=60),
        Sensor("poe-out-consumption", "W", base=86, wobble=9, places=1),
    ),
    factory="6.48.6",
    poe=tuple(f"ether{n}" for n in range(1, 25)),
    packages={"routeros": 12_300_000},
    weight=0.0,
    idle_cpu=4.0,
    busy_cpu=6.0,
)
