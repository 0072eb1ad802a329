"""hAP ac lite: a small v6 board with 16 MB of flash and the older wireless driver."""

from routeros.simulator.device.persona import MIB, Board, Driver, Persona, Ports, Radio, Role, Sensor

HAP_AC_LITE = Persona(
    name="hap_ac_lite",
    role=Role.ACCESS_POINT,
    board=Board(
        name="hAP ac lite",
        model="RB952Ui-5ac2nD",
        architecture="mipsbe",
        cpu="MIPS 24Kc V7.4",
        cores=1,
        frequency=650,
        memory=64 * MIB,
        disk=16 * MIB,
        firmware="qca9531L",
    ),
    versions=("6.49.18", "6.49.17", "6.49.10"),
    ports=(Ports("ether", 5, 100),),
    driver=Driver.WIRELESS,
    radios=(Radio("2ghz-b/g/n", 2437, 9), Radio("5ghz-a/n/ac", 5220, 9)),
    sensors=(
        Sensor("voltage", "V", base=24.0, wobble=0.15, places=1),
        Sensor("temperature", "C", base=38, load=14, wobble=1.5),
    ),
    factory="6.40.9",
    poe=("ether5",),
    packages={"routeros-mipsbe": 11_400_000},
    weight=3.0,
    idle_cpu=6.0,
    busy_cpu=22.0,
    restart=(40.0, 60.0),
)
