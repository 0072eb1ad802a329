"""RB951Ui-2HnD on 6.42: before 6.43 a login answers a challenge. Only where it is asked for by name."""

from routeros.simulator.device.persona import MIB, Board, Driver, Persona, Ports, Radio, Role, Sensor

RB951 = Persona(
    name="rb951",
    role=Role.ACCESS_POINT,
    board=Board(
        name="RB951Ui-2HnD",
        model="RB951Ui-2HnD",
        architecture="mipsbe",
        cpu="MIPS 74Kc V4.12",
        cores=1,
        frequency=600,
        memory=128 * MIB,
        disk=128 * MIB,
        firmware="ar9344",
        nand=True,
    ),
    versions=("6.42.12",),
    ports=(Ports("ether", 5, 100),),
    driver=Driver.WIRELESS,
    radios=(Radio("2ghz-b/g/n", 2437, 10),),
    sensors=(
        Sensor("voltage", "V", base=23.9, wobble=0.15, places=1),
        Sensor("temperature", "C", base=36, load=12, wobble=1.5),
    ),
    factory="6.34.2",
    poe=("ether5",),
    packages={"routeros-mipsbe": 11_200_000},
    weight=0.0,
    idle_cpu=5.0,
    busy_cpu=20.0,
    restart=(45.0, 65.0),
)
