"""CCR1036: a v6 router that subscribers dial in to and that manages access points. Only where asked for by name."""

from routeros.simulator.device.persona import MIB, Board, Driver, Persona, Ports, Radio, Role, Sensor

CCR1036 = Persona(
    name="ccr1036",
    role=Role.GATEWAY,
    board=Board(
        name="CCR1036-12G-4S",
        model="CCR1036-12G-4S",
        architecture="tile",
        cpu="tilegx",
        cores=36,
        frequency=1200,
        memory=4096 * MIB,
        disk=1024 * MIB,
        firmware="tilegx",
        nand=True,
    ),
    versions=("6.49.18", "6.49.10"),
    ports=(Ports("ether", 12, 1000), Ports("sfp", 4, 1000)),
    driver=Driver.WIRELESS,
    caps=(Radio("2ghz-b/g/n", 2412, 6), Radio("5ghz-a/n/ac", 5180, 8)),
    subscribers=60,
    sensors=(
        Sensor("temperature", "C", base=39, load=14, wobble=1),
        Sensor("cpu-temperature", "C", base=46, load=20, wobble=1.5),
        Sensor("voltage", "V", base=24.2, wobble=0.1, places=1),
        Sensor("fan1-speed", "RPM", base=4300, load=900, wobble=60),
    ),
    factory="6.33.5",
    packages={"routeros-tile": 13_100_000},
    weight=0.0,
    idle_cpu=2.0,
    busy_cpu=10.0,
    restart=(70.0, 90.0),
)
