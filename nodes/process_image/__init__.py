"""What a process is beside its pages, as rows: packed here, unpacked there, for whoever moves a process or keeps a copy of one."""
