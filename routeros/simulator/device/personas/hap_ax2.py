"""hAP ax²: a v7 home and office board with the newer wifi driver."""

from routeros.simulator.device.persona import MIB, Board, Driver, Persona, Ports, Radio, Role, Sensor

HAP_AX2 = Persona(
    name="hap_ax2",
    role=Role.ACCESS_POINT,
    board=Board(
        name="hAP ax^2",
        model="C52iG-5HaxD2HaxD",
        architecture="arm64",
        cpu="ARM64",
        cores=4,
        frequency=864,
        memory=1024 * MIB,
        disk=128 * MIB,
        firmware="ipq6000",
        nand=True,
    ),
    versions=("7.16.2", "7.18.2", "7.20.6", "7.21.4"),
    ports=(Ports("ether", 5, 1000),),
    driver=Driver.WIFI,
    radios=(Radio("5ghz-ax", 5500, 16), Radio("2ghz-ax", 2412, 12)),
    sensors=(Sensor("cpu-temperature", "C", base=44, load=16, wobble=1.5),),
    factory="7.5",
    packages={"routeros": 13_900_000, "wifi-qcom": 9_700_000},
    weight=4.5,
)
