"""CRS326: a v7 access switch with 24 ports and two SFP+ uplinks."""

from routeros.simulator.device.persona import MIB, Board, Persona, Ports, Role, Sensor

CRS326 = Persona(
    name="crs326",
    role=Role.SWITCH,
    board=Board(
        name="CRS326-24G-2S+",
        model="CRS326-24G-2S+",
        architecture="arm",
        cpu="ARM",
        cores=1,
        frequency=800,
        memory=512 * MIB,
        disk=16 * MIB,
        firmware="dx3230L",
    ),
    versions=("7.16.2", "7.20.6"),
    ports=(Ports("sfp-sfpplus", 2, 10_000), Ports("ether", 24, 1000)),
    sensors=(
        Sensor("temperature", "C", base=37, load=8, wobble=1),
        Sensor("voltage", "V", base=24.1, wobble=0.1, places=1),
    ),
    factory="7.8",
    packages={"routeros": 12_300_000},
    idle_cpu=4.0,
    busy_cpu=6.0,
    restart=(150.0, 720.0),
)
