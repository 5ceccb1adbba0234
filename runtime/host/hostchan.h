#ifndef RT_HOSTCHAN_H
#define RT_HOSTCHAN_H

// Adds what rt.channel(name) starts: "worldsema:receive", "worldsema:send", "worldsema:close".
void rt_hostchaninit(void);

#endif
