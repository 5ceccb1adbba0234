#ifndef RT_HOSTCHAN_H
#define RT_HOSTCHAN_H

// Exports the functions for rt.channel(name): "worldsema:receive", "worldsema:send" and
// "worldsema:close".
void rt_hostchaninit(void);

#endif
