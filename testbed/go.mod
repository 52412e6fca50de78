module bulwark/testbed

go 1.20
