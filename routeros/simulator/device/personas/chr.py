"""CHR: RouterOS as a virtual machine; no RouterBOARD, no sensors, no radio."""

from routeros.simulator.device.persona import MIB, Board, Persona, Ports, Role

CHR = Persona(
    name="chr",
    role=Role.GATEWAY,
    board=Board(
        name="CHR",
        model=None,
        architecture="x86_64",
        cpu="Intel(R)",
        cores=2,
        frequency=2494,
        memory=1024 * MIB,
        disk=128 * MIB,
    ),
    versions=("7.16.2", "7.20.6", "7.24.4"),
    ports=(Ports("ether", 3, 10_000),),
    packages={"routeros": 20_800_000},
    weight=4.0,
    idle_cpu=2.0,
    busy_cpu=16.0,
    restart=(12.0, 30.0),
)
