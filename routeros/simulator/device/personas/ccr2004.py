"""CCR2004: a v7 core router with two power supplies and fans."""

from routeros.simulator.device.persona import MIB, Board, Persona, Ports, Role, Sensor

CCR2004 = Persona(
    name="ccr2004",
    role=Role.GATEWAY,
    board=Board(
        name="CCR2004-16G-2S+",
        model="CCR2004-16G-2S+",
        architecture="arm64",
        cpu="ARM64",
        cores=4,
        frequency=1700,
        memory=4096 * MIB,
        disk=128 * MIB,
        firmware="al64v2",
        nand=True,
    ),
    versions=("7.18.2", "7.20.6", "7.21.4"),
    ports=(Ports("ether", 16, 1000), Ports("sfp-sfpplus", 2, 10_000)),
    sensors=(
        Sensor("cpu-temperature", "C", base=43, load=18, wobble=1.5),
        Sensor("switch-temperature", "C", base=41, load=9, wobble=1),
        Sensor("board-temperature1", "C", base=33, load=5, wobble=1),
        Sensor("fan1-speed", "RPM", base=3480, load=1500, wobble=60),
        Sensor("fan2-speed", "RPM", base=3465, load=1500, wobble=60),
        Sensor("psu1-state", state="ok"),
        Sensor("psu2-state", state="ok"),
    ),
    factory="7.2.3",
    packages={"routeros": 13_900_000},
    weight=6.0,
    idle_cpu=2.0,
    busy_cpu=12.0,
    restart=(80.0, 100.0),
)
