"""hAP ax³ on 7.12: the newer driver under its first name, wifiwave2. Only where it is asked for by name."""

from routeros.simulator.device.persona import MIB, Board, Driver, Persona, Ports, Radio, Role, Sensor

HAP_AX3 = Persona(
    name="hap_ax3",
    role=Role.ACCESS_POINT,
    board=Board(
        name="hAP ax^3",
        model="C53UiG+5HPaxD2HPaxD",
        architecture="arm64",
        cpu="ARM64",
        cores=4,
        frequency=864,
        memory=1024 * MIB,
        disk=128 * MIB,
        firmware="ipq6000",
        nand=True,
    ),
    versions=("7.12.1",),
    ports=(Ports("ether", 5, 1000),),
    driver=Driver.WIFI,
    radios=(Radio("5ghz-ax", 5580, 16), Radio("2ghz-ax", 2462, 12)),
    sensors=(Sensor("cpu-temperature", "C", base=45, load=16, wobble=1.5),),
    factory="7.6",
    packages={"routeros": 13_900_000, "wifi-qcom": 9_700_000},
    weight=0.0,
)
